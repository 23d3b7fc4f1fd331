"""Writes docs/advice.md: how true the advice was where rows had been held back."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

import numpy as np

from benchmarks.advice_doublings import TIMES, Doubling, Interval
from pedigree.usefulness.pool import REAL, SYNTHETIC
from pedigree.usefulness.power_law import WIDENING
from pedigree.usefulness.stopping_advice import WORTHWHILE

Read = Callable[[Doubling], Interval]
RULES: dict[str, Read] = {
    "fitted curve": lambda one: one.curve,
    "fitted curve, not widened": lambda one: one.bare,
    "last doubling (the rule before)": lambda one: one.rule,
}
SIDES = {SYNTHETIC: "rows of a model, beside real ones", REAL: "real rows", "": "all"}
INTRODUCTION = """<!-- Written by 'python benchmarks/advice.py'; edit benchmarks/advice_page.py instead. -->

# How true the advice on more rows is

A report says what more synthetic or real rows are expected to bring, and with what certainty. This page tells how
that came out on {sets} sets of real rows and of rows that real models wrote, on {date}.

## How the advice is made

Classifiers of 1/16, 1/8, 1/4 and 1/2 of the rows (four independent draws each) and of all of them are tested on the
held-out rows. A curve a − b (n + n₀)^−c is fitted to their macro-F1 by Bayesian regression
([pedigree/usefulness/power_law.py](../pedigree/usefulness/power_law.py)); n₀ stands for the rows of the other side,
which every classifier learns too. The interval of the gain covers what the curve leaves open and the chance in the
draw of the further rows. From 32 labels on there are two draws each, and how often such intervals hold has not been
scored. The advice is *make* only if the whole interval lies above zero and the gain is half a
point or more; *stop* if half a point is beyond the interval; else *unknown*.

## How it was scored

Of each set a half, a quarter and an eighth was shown (four draws each, of at least 40 rows) and the advice was
asked for what twice and four times as many rows bring. Then they were added and the classifier was tried on the
same held-out rows. The classifier is TF-IDF with logistic regression. *Bias* is the mean of expected minus found
(points of macro-F1), *error* the root of the mean square of that, *held* the share of 95 % intervals that held what
was found; each set counts the same. The advice of a classifier on embeddings comes from the same fit; it has not been
scored.

"""


def write_page(found: Sequence[Doubling]) -> str:
    """Return the page."""
    sets = list(dict.fromkeys(one.name for one in found))
    date = f"{datetime.now(UTC):%d %B %Y}".lstrip("0")
    parts = [INTRODUCTION.format(sets=len(sets), date=date), "## What came of it\n\n"]
    for times in TIMES:
        parts += [f"### {times} times as many rows\n\n", _tabulate(_select(found, times)), "\n"]
    parts += [_describe_widening(found), "## By set, twice as many rows\n\n", _tabulate_sets(_select(found, 2))]
    return "".join(parts)


def _tabulate(found: Sequence[Doubling]) -> str:
    lines = [
        "| rows that grow | sets, times | found | expected by | bias | error | held | width | *make*: times, gained |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for side, title in SIDES.items():
        if not (own := [one for one in found if one.side == side or not side]):
            continue
        sets = len({one.name for one in own})
        for place, (name, read) in enumerate(RULES.items()):
            first = (
                [title, f"{sets}, {len(own)}", _points(_average(own, lambda one: one.gain))] if not place else [""] * 3
            )
            lines.append(f"| {' | '.join([*first, name, *_score(own, read)])} |")
    return "\n".join(lines) + "\n"


def _score(found: Sequence[Doubling], read: Read) -> list[str]:
    """Return bias, error, share held, width and how often *make* was right, as cells."""
    made = [one for one in found if read(one)[1] > 0 and read(one)[0] >= WORTHWHILE]
    right = sum(one.gain > 0 for one in made)
    return [
        _points(_average(found, lambda one: read(one)[0] - one.gain)),
        f"{100 * np.sqrt(_average(found, lambda one: (read(one)[0] - one.gain) ** 2)):.1f}",
        f"{_hold(found, read):.1f} %",
        f"{100 * _average(found, lambda one: read(one)[2] - read(one)[1]):.1f}",
        f"{len(made)}, {right}" if made else "never",
    ]


def _tabulate_sets(found: Sequence[Doubling]) -> str:
    lines = [
        "| set | times | found | curve | held | last doubling | held |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in dict.fromkeys(one.name for one in found):
        own = [one for one in found if one.name == name]
        cells = [name, str(len(own)), _points(_average(own, lambda one: one.gain))]
        for read in (RULES["fitted curve"], RULES["last doubling (the rule before)"]):
            mean = np.mean([read(one)[0] for one in own])
            cells += [_points(float(mean)), f"{sum(_holds(one, read) for one in own)} of {len(own)}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _describe_widening(found: Sequence[Doubling]) -> str:
    """Return what the intervals hold without the widening, and that it was chosen on these sets."""
    bare, wide = (
        " and ".join(f"{_hold(_select(found, times), RULES[name]):.1f}" for times in TIMES)
        for name in ("fitted curve, not widened", "fitted curve")
    )
    return (
        "## The widening\n\n"
        f"Without it, the intervals hold {bare} % (twice and four times as many rows): curves depart from a power\n"
        "law, and draws of one set share rows. So for each doubling the variance is raised by "
        f"{WIDENING:g} times that of a score,\nwhich brings {wide} %. That factor was chosen on these sets; others may "
        "depart more.\n\n"
    )


def _select(found: Iterable[Doubling], times: int) -> list[Doubling]:
    return [one for one in found if one.times == times]


def _hold(found: Sequence[Doubling], read: Read) -> float:
    return 100 * _average(found, lambda one: float(_holds(one, read)))


def _holds(one: Doubling, read: Read) -> bool:
    return read(one)[1] <= one.gain <= read(one)[2]


def _average(found: Sequence[Doubling], value: Callable[[Doubling], float]) -> float:
    """Return the mean over sets of a set's mean."""
    sets: dict[str, list[float]] = {}
    for one in found:
        sets.setdefault(one.name, []).append(value(one))
    return float(np.mean([np.mean(values) for values in sets.values()]))


def _points(value: float) -> str:
    return f"{100 * value:+.1f}".replace("-", "−")
