"""Writes docs/failures-evidence.md: what rows bring by how they were asked for or chosen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb

import numpy as np

LEAST_P = 0.05
DRAWN = 10_000  # times that the sets are drawn anew for the interval of their mean


@dataclass(frozen=True)
class Difference:
    """Macro-F1 in percent of two ways of drawing rows, means over seeds, and the interval of the difference."""

    title: str
    name: str
    against: str
    student: str
    learns: str
    rows: int
    one: float
    other: float
    low: float
    high: float

    @property
    def value(self) -> float:
        """Return the difference."""
        return self.one - self.other


Pair = tuple[Difference, Difference]  # of all models from the better one and from the other
AGAINST: dict[str, Callable[[Pair], float]] = {
    "the better model": lambda pair: pair[0].value,
    "a model by chance": lambda pair: (pair[0].value + pair[1].value) / 2,
}

HEAD = """\
<!-- Written by 'python benchmarks/failure_rounds.py'; edit benchmarks/failure_rounds_page.py instead. -->

# What failure-driven rounds, mixed models and selection bring

Rows that real models wrote stand in for a provider: a pool. A plain prompt gets unused rows of its label by chance. A
prompt of a failure-driven round gets the unused rows of its label that are nearest to the rows of people that it
shows. Rounds, the classifier, clusters and prompts are the project's own code; all ways of asking get as many rows of
each label. Then students learn the rows, alone or with people's rows (those that the rounds read), and are tested on
held-out rows of people.

**This is a simulation.** A model that is asked writes new text. A pool can only give the text it has, and of the sets
of The Parrot Dilemma, each row of the pool was written from one of people's rows: the nearest rows to a shown row are
often its own variations. So the page says what rows near to failures are worth. What a model writes when asked for
them was not measured.
"""
METHOD = """\
## How it was measured

- Each cell is the difference in points of macro-F1, the mean over {seeds} seeds, with its 95 % interval: 1,000
  resamples of the test rows and of the seeds together. Bold where the interval leaves 0 out; with so many cells, one
  in twenty does so by chance.
- *Mean*: over the sets, with the 95 % interval of sets drawn anew. Lines of one task share their real and test rows,
  so this interval is too narrow. *Up*: on how many sets the difference is above 0, with the two-sided sign test
  (exact).
- Pools without repeated texts and without those of people's rows. A label with fewer than 80 rows of a pool is left
  out. A quarter of the smallest label is drawn, at most 600 rows in all, in 4 rounds of prompts for 5 rows; 2,000
  test rows at most. The rounds do not end early here, so that the numbers of rows are equal.
- TF-IDF: the student of the report. WordLlama (package 0.4): the same regression on its vectors, by which the pool is
  also searched.
- The choice by coverage does not depend on the seed: its rows are the same five times.
- Rows: {sizes}.

## Run it

```sh
python benchmarks/failure_rounds.py
```

It reads the folder that `PEDIGREE_TEST_DATA` names, or `../shared/data`. Sources of the rows: see
[real-text.md](real-text.md).
"""
RULES = """\
| way | what is asked for |
| --- | --- |
| failures | what `strategy: failures` asks for: rows near to people's rows that are wrong or unsure, by clusters |
| half plain | the same, but every other prompt is plain |
| unsure only | clusters of rows near the border alone, on either side of it |
| rival too | the label that a cluster is taken for is also asked for, near the same rows |
| coverage by ... | no rounds: the rows of the whole pool that cover it best ([selection.md](selection.md)) |
"""


def write_page(found: Sequence[Difference], seeds: int = 5) -> str:
    """Return the page; ``found`` are the differences of all sets."""
    rounds = [one for one in found if one.against == "plain"]
    mixed = [one for one in found if one.against != "plain"]
    sizes = "; ".join(dict.fromkeys(f"{one.title} {one.rows:,}" for one in found))
    said = _say_rounds(rounds) + _say_models(mixed)
    parts = [HEAD, "## What it shows\n", "\n".join(said) + "\n", _summarise(rounds), _summarise_models(mixed)]
    parts += ["## Against plain rows\n", RULES]
    for learns in dict.fromkeys(one.learns for one in rounds):
        for student in dict.fromkeys(one.student for one in rounds):
            own = [one for one in rounds if (one.learns, one.student) == (learns, student)]
            parts += [f"### {student}, {learns}\n", _tabulate(own)]
    parts += ["## All models against one\n", MIXED, _tabulate_models(mixed)]
    return "\n".join([*parts, METHOD.format(seeds=seeds, sizes=sizes)])


MIXED = """\
As many rows, half of each model, less rows of one model alone. Which model is the better one for a task is read from
the same test rows, which favours it; *a model by chance* is the mean of both.
"""


def try_signs(values: Sequence[float]) -> float:
    """Return p of the two-sided sign test; differences of 0 are left out, as the test has it."""
    signs = [value > 0 for value in values if value]
    fewer = min(sum(signs), len(signs) - sum(signs))
    return min(1.0, 2 * sum(comb(len(signs), k) for k in range(fewer + 1)) / 2 ** len(signs))


def average(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the mean and its 95 % interval over sets drawn anew."""
    places = np.random.default_rng(0).integers(len(values), size=(DRAWN, len(values)))
    low, high = np.percentile(np.asarray(values)[places].mean(axis=1), [2.5, 97.5])
    return float(np.mean(values)), float(low), float(high)


def _format(value: float, low: float, high: float) -> str:
    text = f"{value:+.1f} ({low:+.1f} to {high:+.1f})".replace("-", "−")
    return f"**{text}**" if low > 0 or high < 0 else text


def _count(values: Sequence[float]) -> str:
    return f"{sum(value > 0 for value in values)} of {len(values)}, p = {try_signs(values):.2f}"


def _tabulate(found: Sequence[Difference]) -> str:
    names = list(dict.fromkeys(one.name for one in found))
    lines = ["| set | plain | " + " | ".join(names) + " |", "| --- " * (len(names) + 2) + "|"]
    for title in dict.fromkeys(one.title for one in found):
        own = {one.name: one for one in found if one.title == title}
        cells = [_format(own[name].value, own[name].low, own[name].high) for name in names]
        lines.append(f"| {title} | {own[names[0]].other:.1f} | " + " | ".join(cells) + " |")
    by_name = {name: [one.value for one in found if one.name == name] for name in names}
    lines.append("| *mean* | | " + " | ".join(_format(*average(by_name[name])) for name in names) + " |")
    lines.append("| *up* | | " + " | ".join(_count(by_name[name]) for name in names) + " |")
    return "\n".join(lines) + "\n"


def _group(rounds: Sequence[Difference], name: str) -> list[list[float]]:
    """Return the differences of one way over the sets, for each student and what it learns."""
    groups: dict[tuple[str, str], list[float]] = {}
    for one in rounds:
        if one.name == name:
            groups.setdefault((one.student, one.learns), []).append(one.value)
    return list(groups.values())


def _say_rounds(rounds: Sequence[Difference]) -> list[str]:
    """Say of each way in how many of the lines below it is above or below plain rows."""
    said = []
    for name in dict.fromkeys(one.name for one in rounds):
        groups = _group(rounds, name)
        means, count = [average(values) for values in groups], len(groups)
        higher, above, below = (
            sum(holds(mean) for mean in means)
            for holds in (lambda mean: mean[0] > 0, lambda mean: mean[1] > 0, lambda mean: mean[2] < 0)
        )
        signs = sum(try_signs(values) < LEAST_P for values in groups)
        verdict = "better" if higher == count and above and signs else "**not shown to be better**"
        said.append(
            f"- *{name}*, less plain rows: {verdict}. The mean over the sets is above 0 in {higher} of {count} lines "
            f"below, beyond its interval in {above}, and below 0 beyond it in {below}; p of the sign test is below "
            f"{LEAST_P} in {signs}."
        )
    return said


def _say_models(mixed: Sequence[Difference]) -> list[str]:
    """Say how rows of all models compare with those of one."""
    said = []
    for name, pick in AGAINST.items():
        values = [pick(pair) for pair in _pair(mixed).values()]
        mean = f"{np.mean(values):+.1f}".replace("-", "−")
        above = sum(value > 0 for value in values)
        found = f"above 0 in {above} of {len(values)} lines, {mean} on average."
        said.append(f"- *All models*, less as many rows of {name}: {found}")
    return said


def _summarise(rounds: Sequence[Difference]) -> str:
    lines = ["| way less plain rows | student | learns | mean | up |", "| --- | --- | --- | --- | --- |"]
    for key in dict.fromkeys((one.name, one.student, one.learns) for one in rounds):
        values = [one.value for one in rounds if (one.name, one.student, one.learns) == key]
        lines.append(f"| {' | '.join(key)} | {_format(*average(values))} | {_count(values)} |")
    return "\n".join(lines) + "\n"


def _pair(mixed: Sequence[Difference]) -> dict[tuple[str, str, str], Pair]:
    """Return the differences from the better model and from the other, by student, what it learns and task."""
    pairs = {}
    for key in dict.fromkeys((one.student, one.learns, one.title) for one in mixed):
        own = [one for one in mixed if (one.student, one.learns, one.title) == key]
        pairs[key] = (max(own, key=lambda one: one.other), min(own, key=lambda one: one.other))
    return pairs


def _summarise_models(mixed: Sequence[Difference]) -> str:
    lines = ["| all models less | student | learns | mean | up |", "| --- | --- | --- | --- | --- |"]
    pairs = _pair(mixed)
    for student, learns in dict.fromkeys(key[:2] for key in pairs):
        for name, pick in AGAINST.items():
            values = [pick(pair) for key, pair in pairs.items() if key[:2] == (student, learns)]
            lines.append(f"| {name} | {student} | {learns} | {_format(*average(values))} | {_count(values)} |")
    return "\n".join(lines) + "\n"


def _tabulate_models(mixed: Sequence[Difference]) -> str:
    lines = [
        "| task | student | learns | better model | all less the better | all less the other |",
        "| --- " * 6 + "|",
    ]
    for (student, learns, title), (better, other) in _pair(mixed).items():
        cells = [_format(one.value, one.low, one.high) for one in (better, other)]
        lines.append(f"| {title} | {student} | {learns} | {better.against} {better.other:.1f} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
