"""Trains the report's classifier on rows of baselines and tests it on the same held-out rows as the dataset's."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pedigree.usefulness import scores
from pedigree.usefulness.baselines.copula import sample_copula
from pedigree.usefulness.baselines.names import COPULA, EDA, SMOTE, TITLES
from pedigree.usefulness.baselines.smote import sample_smote
from pedigree.usefulness.baselines.word_edits import sample_edits
from pedigree.usefulness.pool import Sample
from pedigree.usefulness.summary import interpret_interval, widen_at_border
from pedigree.usefulness.tables.student import make_student
from pedigree.usefulness.trials import Trial, plan_mixes
from pedigree.usefulness.tstr import compare_trials, make_pool, resample_trials, run_trials

DATASET = "this dataset"
MIXES = ("synthetic", "both")


@dataclass(frozen=True)
class BaselineScore:
    """Macro-F1 on the held-out rows of what learned ``rows`` rows of a way to make them, and of both with real rows.

    ``behind``: macro-F1 of the dataset less that of the baseline, with its paired 95 % interval; None of the dataset.
    """

    name: str
    title: str
    rows: int
    macro_f1: float | None
    interval: tuple[float, float] | None
    both_macro_f1: float | None
    both_interval: tuple[float, float] | None
    behind: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Baselines:
    """The scores of the dataset and of its baselines, what it cost, and how many people's rows the baselines used."""

    scores: tuple[BaselineScore, ...]
    people: int
    test_rows: int
    cost_usd: float | None
    calls: int
    evidence: bool

    @property
    def head(self) -> list[str]:
        """Return the titles of the columns of ``list_lines``."""
        return [
            "trained on",
            "rows",
            "macro-F1",
            "95 % interval",
            "with real rows",
            "95 % interval",
            "dataset less this",
        ]

    def list_lines(self) -> list[list[str]]:
        """Return a line for the dataset and one for each baseline."""
        return [
            [
                one.title, f"{one.rows:,}", _figure(one.macro_f1), _span(one.interval),
                _figure(one.both_macro_f1), _span(one.both_interval),
                "–" if one.behind is None else f"{one.behind[0]:+.4f} ({one.behind[1]:+.4f} to {one.behind[2]:+.4f})",
            ]
            for one in self.scores
        ]  # fmt: skip

    def list_sentences(self) -> list[str]:
        """Return sentences without a full stop: what was compared, and what a point of macro-F1 cost."""
        said = [
            f"Baselines were made from {self.people:,} rows of people, which learned nothing of the {self.test_rows:,} "
            "held-out rows; each has as many rows of a label as the dataset where people's rows have that label"
        ]
        return [*said, self._tell_cost()]

    def _tell_cost(self) -> str:
        """Return what a point above the best baseline cost; unknown where no baseline or no cost is known."""
        dataset, *others = self.scores
        known = [one for one in others if one.macro_f1 is not None]
        if not known or dataset.macro_f1 is None:
            return "No baseline could be compared"
        best = max(known, key=lambda one: one.macro_f1 or 0.0)
        gain, low, high = best.behind or (0.0, 0.0, 0.0)
        reading = interpret_interval(low, high)
        against = (
            f"Against the best baseline ({best.name}), macro-F1 {gain:+.3f} ({low:+.3f} to {high:+.3f}), {reading}"
        )
        if not self.evidence:
            return f"{against}; the offline model wrote rows of the dataset, so this proves nothing"
        if self.cost_usd is None:
            return f"{against}; the cost of the dataset is unknown ({self.calls:,} calls)"
        paid = f"{self.cost_usd:,.4f} USD and {self.calls:,} calls"
        if gain <= 0:
            return f"{against}: {paid} bought nothing above it"
        points = 100 * gain
        sure = "" if low > 0 else "; the interval holds 0, so the true price may be any"
        return (
            f"{against}: {paid}, {self.cost_usd / points:,.4f} USD and {self.calls / points:,.1f} calls a point{sure}"
        )


def make_baseline(name: str, people: Sample, wanted: Mapping[int, int], seed: int) -> Sample | None:
    """Return rows of a baseline that needs people's rows alone; None where these have fewer than two labels."""
    if len(np.unique(people.label_ids)) < 2:
        return None
    if name == EDA:
        texts, ids = sample_edits(people.texts, people.label_ids.tolist(), wanted, seed)
        return Sample(texts, np.array(ids, dtype=int))
    table = people.table
    if table is None:
        raise ValueError(f"{name} is for tables")
    if name == SMOTE:
        made, label_ids = sample_smote(table, people.label_ids, wanted, seed)
        return Sample([""] * len(made), label_ids, None, made)
    if name != COPULA:
        raise ValueError(f"{name} is no baseline of people's rows")
    parts = {
        label: sample_copula(table.take(people.label_ids == label), rows, seed + label)
        for label, rows in wanted.items()
        if rows and (people.label_ids == label).sum() > 1
    }
    if not parts:
        return None
    first, *others = parts.values()
    ids = np.repeat(list(parts), [len(part) for part in parts.values()])
    return Sample([""] * len(ids), ids, None, first.stack(*others))


def try_baselines(
    made: Mapping[str, Sample | None], synthetic: Sample, real: Sample, held_out: Sample, label_count: int, seed: int,
    *, cost_usd: float | None, calls: int, evidence: bool,
) -> Baselines:  # fmt: skip
    """Return the scores of the dataset's rows and of those of each baseline (name -> rows), on equal held-out rows."""
    own = _run(synthetic, real, held_out, label_count, seed)
    found = [_score(DATASET, DATASET, len(synthetic), own, held_out, seed, None)]
    for name, rows in made.items():
        trials = {} if rows is None else _run(rows, real, held_out, label_count, seed)
        count = 0 if rows is None else len(rows)
        found.append(_score(name, TITLES[name], count, trials, held_out, seed, own.get("synthetic")))
    return Baselines(tuple(found), len(real), len(held_out), cost_usd, calls, evidence)


def count_wanted(sample: Sample) -> dict[int, int]:
    """Return the rows of each label id, in the order of the ids."""
    return {int(label): int(rows) for label, rows in zip(*np.unique(sample.label_ids, return_counts=True), strict=True)}


def _run(rows: Sample, real: Sample, held_out: Sample, label_count: int, seed: int) -> dict[str, Trial]:
    pool = make_pool(rows, real, held_out, label_count, seed)
    planned = plan_mixes(len(pool.synthetic), len(pool.real))
    return run_trials(make_student(pool), pool, {name: planned[name] for name in MIXES if name in planned})


def _score(
    name: str, title: str, rows: int, trials: Mapping[str, Trial], held_out: Sample, seed: int, dataset: Trial | None
) -> BaselineScore:
    f1 = resample_trials(trials, seed)
    figures: list = []
    for mix in MIXES:
        known = mix in trials
        interval = scores.find_interval(scores.average_f1(f1[mix])) if known else None
        figures += [
            trials[mix].macro_f1 if known else None,
            widen_at_border(trials[mix].macro_f1, interval, len(held_out)) if interval else None,
        ]
    behind = None
    if dataset is not None and "synthetic" in trials:
        compared = compare_trials(dataset, trials["synthetic"], seed)
        behind = (compared["macro_f1"], *compared["macro_f1_interval"])
    return BaselineScore(name, title, rows, *figures, behind)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _span(interval: tuple[float, float] | None) -> str:
    return "–" if interval is None else f"{interval[0]:.4f} to {interval[1]:.4f}"
