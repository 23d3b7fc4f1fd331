"""Advises whether more rows are worth making, from what a fitted learning curve predicts for them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pedigree.usefulness.learning_curve import Points, predict_growth
from pedigree.usefulness.pool import REAL, SYNTHETIC

STEPS = (10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)  # numbers of further rows
WORTHWHILE = 0.005  # macro-F1: half a point
DEMONSTRATION = "No advice: figures of rows from the offline model are only a demonstration."
Verdict = Literal["make", "write", "stop", "fewer", "unknown", "demonstration"]


@dataclass(frozen=True)
class ExpectedGain:
    """The expected gain of macro-F1 from ``rows`` more rows of a side, with its 95 % predictive interval."""

    rows: int
    gain: float
    interval: tuple[float, float]

    @property
    def is_worthwhile(self) -> bool:
        """Return whether the gain is at least half a point, with an interval above zero."""
        return self.interval[0] > 0 and self.gain >= WORTHWHILE

    @property
    def is_too_small(self) -> bool:
        """Return whether half a point is beyond the interval."""
        return self.interval[1] < WORTHWHILE


def expect_gain(points: Points, side: str, have: int) -> ExpectedGain | None:
    """Return the expected gain for a side of ``have`` rows; None if its learning curve can't be fitted.

    It is that of the largest round number of rows up to ``have``.
    """
    more = max([step for step in STEPS if step <= have], default=have)
    predicted = predict_growth(points, side, have, more)
    return ExpectedGain(more, predicted.gain, predicted.interval) if predicted else None


def advise(gains: Mapping[str, ExpectedGain | None], *, evidence: bool) -> dict[str, Any] | None:
    """Return the verdict, its sentence and the expected gain of each side; None if no side has one.

    ``make``: more synthetic rows gain at least half a point, with an interval above zero. ``fewer``: they do harm, with
    an interval below zero. ``write``: neither, but more real rows gain. ``stop``: half a point is beyond the interval.
    ``unknown``: the interval holds zero and half a point. ``demonstration``: the rows are from the offline model.
    """
    synthetic, real = gains.get(SYNTHETIC), gains.get(REAL)
    decision = _decide(synthetic, real)
    if decision is None:
        return None
    verdict, text = decision if evidence else ("demonstration", DEMONSTRATION)
    sides = {SYNTHETIC: synthetic, REAL: real}
    described = {
        side: asdict(gain) | {"interval": list(gain.interval)} if gain else None for side, gain in sides.items()
    }
    return {"verdict": verdict, "text": text, **described}


def join_advice(useful: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return verdict and text of the advice of both classifiers, or of the only one there is; None without any.

    The classifier with the higher macro-F1 decides. The one on embeddings is named first where it gains nothing.
    """
    by_terms, embedded = useful["advice"], useful["embeddings"]
    if not by_terms or not embedded or not embedded["advice"] or not useful["evidence"]:
        return by_terms
    by_meaning = embedded["advice"]
    decides = by_meaning if _find_best(embedded) > _find_best(useful) else by_terms
    texts = [f"With TF-IDF: {by_terms['text']}", f"On embeddings: {by_meaning['text']}"]
    if by_meaning["verdict"] != "make":
        texts = [
            "The classifier on embeddings gains nothing that is certain from more synthetic rows.",
            *reversed(texts),
        ]
    return {"verdict": decides["verdict"], "text": " ".join(texts)}


def _find_best(useful: Mapping[str, Any]) -> float:
    """Return macro-F1 of both sides together, or of the synthetic rows."""
    trial = useful["both"] or useful["synthetic"]
    return trial["macro_f1"] if trial else 0


def _decide(synthetic: ExpectedGain | None, real: ExpectedGain | None) -> tuple[Verdict, str] | None:
    if synthetic and synthetic.is_worthwhile:
        return "make", f"{_format_sentence(synthetic, SYNTHETIC)}: they are worth making."
    if synthetic and synthetic.interval[1] < 0:
        return "fewer", f"{_format_sentence(synthetic, SYNTHETIC)}: use fewer of them, or make different ones."
    if real and real.is_worthwhile:
        beside = f"; another {synthetic.rows:,} synthetic ones {_format_gain(synthetic)}" if synthetic else ""
        return "write", f"Write more real rows. {_format_sentence(real, REAL)}{beside}."
    shown, side = (synthetic, SYNTHETIC) if synthetic else (real, REAL)
    if shown is None:
        return None
    if shown.is_too_small:
        return "stop", f"{_format_sentence(shown, side)}: the curve is flat, stop."
    return (
        "unknown",
        f"{_format_sentence(shown, side)}: whether they help is unknown. Do not make them for this figure alone.",
    )


def _format_sentence(gain: ExpectedGain, side: str) -> str:
    return f"Another {gain.rows:,} {side} rows are expected to bring {_format_gain(gain, explain=True)}"


def _format_gain(expected: ExpectedGain, *, explain: bool = False) -> str:
    gain, low, high = (_format_points(value) for value in (expected.gain, *expected.interval))
    return f"{gain} points of macro-F1 (95 % interval {low} to {high})" if explain else f"{gain} ({low} to {high})"


def _format_points(value: float) -> str:
    text = f"{100 * value:+.1f}"
    return text.replace("-", "−") if float(text) else text[1:]
