"""Advises whether more rows are worth making, from the gain of the last doubling."""

from dataclasses import asdict, dataclass
from math import log2
from typing import Any, Literal

from pedigree.usefulness.pool import REAL, SYNTHETIC

STEPS = (10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)  # numbers of further rows
WORTHWHILE = 0.005  # macro-F1: half a point
DEMONSTRATION = "No advice: figures of rows from the offline model are only a demonstration."
Verdict = Literal["make", "write", "stop", "fewer", "demonstration"]


@dataclass(frozen=True)
class ExpectedGain:
    """The expected gain of macro-F1 from ``rows`` more rows of a side, with its 95 % interval."""

    rows: int
    gain: float
    interval: tuple[float, float]


def extrapolate_gain(rows: int, gain: float, interval: tuple[float, float]) -> ExpectedGain:
    """Return the expected gain for a side of ``rows`` rows whose last doubling had this gain.

    Assumes that the next doubling has the same gain, and that n more rows are log2(1 + n / rows) doublings. Curves of
    macro-F1 flatten, so this is rather an overestimate. n is the largest round number up to ``rows``.
    """
    more = max([step for step in STEPS if step <= rows], default=rows)
    doublings = log2(1 + more / rows)
    return ExpectedGain(more, gain * doublings, (interval[0] * doublings, interval[1] * doublings))


def advise(gains: dict[str, ExpectedGain | None], *, evidence: bool) -> dict[str, Any] | None:
    """Return the verdict, its sentence and the expected gain of each side; None if no side has one.

    ``make``: more synthetic rows gain at least half a point, with an interval above zero. ``write``: they do not, but
    more real rows do. ``fewer``: synthetic rows do harm, with an interval below zero. ``stop``: otherwise.
    ``demonstration``: the rows are from the offline model and no evidence.
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


def _decide(synthetic: ExpectedGain | None, real: ExpectedGain | None) -> tuple[Verdict, str] | None:
    if synthetic and _is_worthwhile(synthetic):
        return "make", f"{_format_sentence(synthetic, SYNTHETIC)}: they are worth making."
    if synthetic and synthetic.interval[1] < 0:
        return "fewer", f"{_format_sentence(synthetic, SYNTHETIC)}: use fewer of them, or make different ones."
    if real and _is_worthwhile(real):
        beside = f", another {synthetic.rows:,} synthetic ones {_format_gain(synthetic)}" if synthetic else ""
        gain = _format_gain(real, explain=True)
        return "write", f"Write more real rows: another {real.rows:,} are worth about {gain}{beside}."
    shown, side = (synthetic, SYNTHETIC) if synthetic else (real, REAL)
    if shown is None:
        return None
    is_open = shown.interval[0] <= 0 <= shown.interval[1]
    return (
        "stop",
        f"{_format_sentence(shown, side)}{', not significantly different from zero' if is_open else ''}: stop.",
    )


def _is_worthwhile(gain: ExpectedGain) -> bool:
    return gain.interval[0] > 0 and gain.gain >= WORTHWHILE


def _format_sentence(gain: ExpectedGain, side: str) -> str:
    return f"Another {gain.rows:,} {side} rows are worth about {_format_gain(gain, explain=True)}"


def _format_gain(expected: ExpectedGain, *, explain: bool = False) -> str:
    gain, low, high = (_format_points(value) for value in (expected.gain, *expected.interval))
    return f"{gain} points of macro-F1 (95 % interval {low} to {high})" if explain else f"{gain} ({low} to {high})"


def _format_points(value: float) -> str:
    text = f"{100 * value:+.1f}"
    return text.replace("-", "−") if float(text) else text[1:]
