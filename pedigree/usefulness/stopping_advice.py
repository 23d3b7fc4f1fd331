"""Advice: whether more rows are worth making, from what the last doubling of them brought."""

from dataclasses import asdict, dataclass
from math import log2
from typing import Any, Literal

from pedigree.usefulness.pool import REAL, SYNTHETIC

STEPS = (10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)  # rows that advice speaks of
WORTHWHILE = 0.005  # macro-F1: half a point
DEMONSTRATION = "No advice: the figures of rows that no model wrote are only a demonstration."
Verdict = Literal["make", "write", "stop", "fewer", "demonstration"]


@dataclass(frozen=True)
class ExpectedGain:
    """What ``rows`` more rows of a side should bring: the gain of macro-F1 and its 95 % interval."""

    rows: int
    gain: float
    interval: tuple[float, float]


def extrapolate_gain(rows: int, gain: float, interval: tuple[float, float]) -> ExpectedGain:
    """Return the outlook of a side of ``rows`` rows whose last doubling brought this gain.

    The rule: a further doubling brings what the last one brought, and n rows more are log2(1 + n / rows) doublings.
    Curves of macro-F1 flatten, so that this is rather too much than too little. n is the largest round number that is
    at most the rows there are.
    """
    more = max([step for step in STEPS if step <= rows], default=rows)
    doublings = log2(1 + more / rows)
    return ExpectedGain(more, gain * doublings, (interval[0] * doublings, interval[1] * doublings))


def advise(outlooks: dict[str, ExpectedGain | None], *, evidence: bool) -> dict[str, Any] | None:
    """Return the verdict, its sentence, and the outlook of each side; None where no side has one.

    ``make``: more synthetic rows bring half a point or more, and their interval lies above zero. ``write``: they do not,
    but more real rows do. ``fewer``: synthetic rows do harm, their interval lies below zero. Else ``stop``. Rows that
    are no evidence have the verdict ``demonstration``.
    """
    synthetic, real = outlooks.get(SYNTHETIC), outlooks.get(REAL)
    if not synthetic and not real:
        return None
    verdict, text = _judge(synthetic, real) if evidence else ("demonstration", DEMONSTRATION)
    sides = {side: asdict(outlook) | {"interval": list(outlook.interval)} if outlook else None
             for side, outlook in ((SYNTHETIC, synthetic), (REAL, real))}  # fmt: skip
    return {"verdict": verdict, "text": text, **sides}


def _judge(synthetic: ExpectedGain | None, real: ExpectedGain | None) -> tuple[Verdict, str]:
    if synthetic and _is_worthwhile(synthetic):
        return "make", f"{_say(synthetic, 'synthetic')}: they are worth making."
    if synthetic and synthetic.interval[1] < 0:
        return "fewer", f"{_say(synthetic, 'synthetic')}: use fewer of them, or make others."
    if real and _is_worthwhile(real):
        beside = f", another {synthetic.rows:,} synthetic ones {_format_gain(synthetic)}" if synthetic else ""
        return (
            "write",
            f"Write more real rows: another {real.rows:,} are worth about {_format_gain(real, explain=True)}{beside}.",
        )
    said = _say(synthetic, "synthetic") if synthetic else _say(real, "real")
    shown = synthetic or real
    if shown.interval[0] <= 0 <= shown.interval[1]:
        return "stop", f"{said}, which these held-out rows can't tell from nothing: stop."
    return "stop", f"{said}: stop."


def _is_worthwhile(outlook: ExpectedGain) -> bool:
    return outlook.interval[0] > 0 and outlook.gain >= WORTHWHILE


def _say(outlook: ExpectedGain, side: str) -> str:
    return f"Another {outlook.rows:,} {side} rows are worth about {_format_gain(outlook, explain=True)}"


def _format_gain(outlook: ExpectedGain, *, explain: bool = False) -> str:
    gain, low, high = (_format_points(value) for value in (outlook.gain, *outlook.interval))
    return f"{gain} points of macro-F1 (95 % interval {low} to {high})" if explain else f"{gain} ({low} to {high})"


def _format_points(value: float) -> str:
    said = f"{100 * value:+.1f}"
    return said.replace("-", "−") if float(said) else said[1:]
