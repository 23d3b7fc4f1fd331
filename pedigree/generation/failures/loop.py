"""The loop of failure-driven rounds: what the next round asks for, and when nothing more is gained.

It is a function of the recipe, people's rows and the rows that each round kept (before any decision of a review), so a
resumed run, a forecast and ``verify`` find the same.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from itertools import cycle, islice
from typing import Any

import polars as pl

from pedigree.generation.failures import collapse, student
from pedigree.generation.failures.clusters import Cluster, cluster_failures
from pedigree.generation.failures.collapse import Variety, find_collapse, list_rare_words, measure_variety
from pedigree.generation.failures.people import list_learned_people, list_people
from pedigree.generation.failures.student import Reading, list_failures, read_people
from pedigree.generation.failures.typed import measure_column_variety
from pedigree.ids import sha256_of
from pedigree.job import Job
from pedigree.metrics.tables.columns import list_table_columns
from pedigree.metrics.text_classifier import text_of

Fields = Mapping[str, Any]
TFIDF, COLUMNS = "tfidf", "columns"  # what the classifier learns
MOST_LEARNED = 10_000  # rows that a classifier learns; of more, those with the first ids, which is a random draw


@dataclass(frozen=True)
class RoundFigures:
    """What was found after a round; None is unknown."""

    number: int
    kept: int
    learned: int
    learned_sha256: str  # of the sorted ids of the rows that the classifier learned
    macro_f1: float | None = None
    macro_f1_interval: list[float] | None = None
    gain_interval: list[float] | None = None  # over the last round that gained
    wrong: int | None = None
    unsure: int | None = None
    variety: Variety | None = None
    stop: str | None = None


@dataclass(frozen=True)
class Target:
    """The cluster that a slot asks for, and the round after which a classifier found it."""

    cluster: Cluster
    after: RoundFigures
    seed: int
    features: str = TFIDF

    def describe(self) -> dict[str, object]:
        """Return where it comes from, for the prompt's record."""
        return {
            "after_round": self.after.number,
            "cluster": self.cluster.name,
            "rows": len(self.cluster.examples),
            "words": list(self.cluster.words),
            "classifier": {"learned_rows": self.after.learned, "learned_sha256": self.after.learned_sha256}
            | {"seed": self.seed, "features": self.features, "model": "logistic regression"},
        }


class FailureLoop:
    """Reads people's rows after each round. Call ``record`` once a round, in order.

    Not a dataclass: Prefect walks through every value of one.
    """

    def __init__(self, job: Job):
        settings = job.recipe.failures
        if settings is None:
            raise ValueError(f"no generator of {job.dataset} has the strategy failures")
        self.settings, self._job, self._names = settings, job, list(job.recipe.labels)
        self._people, learned = list_people(job), list_learned_people(job)
        self._learned: dict[str, tuple[Fields, str]] = {one.id: (one.fields, one.label) for one in learned}
        self._columns = list_table_columns(job.recipe)
        self._rare = frozenset() if self._columns else list_rare_words([text_of(one.fields) for one in self._people])
        self._reference: Reading | None = None  # of the last round that gained
        self._without_gain = 0
        self._first: list[Fields] = []  # the rows of the first round with enough rows
        self._targets: dict[str, list[Target]] = {}
        self.figures: tuple[RoundFigures, ...] = ()
        self.stop: str | None = None

    def __deepcopy__(self, memo: dict) -> "FailureLoop":
        """Return a copy for a forecast, which brings no rows."""
        return copy(self)

    def find_target(self, label: str, index: int) -> Target | None:
        """Return what a slot of the next round asks for: each cluster as often as it has rows; None for a plain prompt.

        It depends on the label and the slot's index alone.
        """
        targets = self._targets.get(label, [])
        return targets[index % len(targets)] if targets else None

    def describe_last(self) -> str:
        """Return what was found after the last round, in a sentence."""
        found = self.figures[-1] if self.figures else None
        if found is None or found.macro_f1 is None or found.macro_f1_interval is None:
            return "the rows have fewer than two labels, so no classifier can read people's rows"
        low, high = found.macro_f1_interval
        after = self.stop or f"the next round asks for these, in {self._count_clusters()} clusters"
        return (
            f"after round {found.number}, macro-F1 {found.macro_f1:.3f} ({low:.3f} to {high:.3f}) on "
            f"{len(self._people):,} rows of people, {found.wrong} wrong and {found.unsure} unsure; {after}"
        )

    def _count_clusters(self) -> int:
        return len({(one.cluster.name) for own in self._targets.values() for one in own})

    def restart(self) -> None:
        """Go on after a stop, as more rows are wanted than in the version before."""
        self.stop, self._without_gain = None, 0

    def record(self, number: int, kept: pl.DataFrame | None) -> None:
        """Record the rows that a round kept: row_id, label, completion_id and the fields.

        None stands for rows that are not made yet: the next round is then taken to ask for all of people's rows.
        """
        if kept is None:
            self._assume(number)
            return
        rows, _ = self._job.review.view_at(kept, 0)
        rows = rows.drop_nulls("completion_id").sort("row_id")
        made: list[Fields] = [*rows.select(*self._job.recipe.fields).iter_rows(named=True)]
        self._learned |= dict(zip(rows["row_id"], zip(made, rows["label"], strict=True), strict=True))
        ids = sorted(self._learned)[:MOST_LEARNED]
        found = RoundFigures(number, rows.height, len(ids), sha256_of(ids))
        learned = [self._learned[one] for one in ids]
        reading = read_people(
            [row for row, _ in learned], [of for _, of in learned], self._people, self._names, self._job.recipe
        )
        if reading is None:
            self._targets, self.figures = {}, (*self.figures, found)
            return
        found = self._watch(made, self._score(reading, found))
        found = replace(found, stop=None) if self.stop else found  # after a stop, plain prompts may go on
        self.stop = self.stop or found.stop
        self.figures = (*self.figures, found)
        self._targets = {} if self.stop else self._choose(reading, found)

    def _score(self, reading: Reading, found: RoundFigures) -> RoundFigures:
        """Return the figures with those of a reading, and whether they end the rounds."""
        labels, seed = len(self._names), self._job.recipe.seed
        macro_f1, interval = student.score(reading, labels, seed)
        gain = student.compare(reading, self._reference, labels, seed) if self._reference else None
        gained = gain is None or gain[0] > 0
        self._without_gain = 0 if gained else self._without_gain + 1
        self._reference = reading if gained else self._reference
        failures = list_failures(reading, self._people, self._names, self.settings.unsure)
        stop = None
        if not reading.wrong:
            stop = f"after round {found.number} a classifier of the rows gets all {len(self._people):,} rows right"
        elif self._without_gain >= self.settings.patience:
            rounds = f"{self._without_gain} round{'s' * (self._without_gain != 1)}"
            stop = f"macro-F1 on {len(self._people):,} rows of people rose no more beyond its interval in {rounds}"
        return replace(
            found,
            macro_f1=macro_f1,
            macro_f1_interval=interval,
            gain_interval=gain,
            wrong=reading.wrong,
            unsure=len(failures) - reading.wrong,
            stop=stop,
        )

    def _watch(self, made: list[Fields], found: RoundFigures) -> RoundFigures:
        """Return the figures with the variety of the round's rows (by id, which is a random order)."""
        if len(made) < collapse.LEAST_ROWS:
            return found
        self._first = self._first or made
        rows = min(len(made), len(self._first), collapse.MOST_ROWS)
        now, first = (self._measure_variety(one[:rows]) for one in (made, self._first))
        fell = find_collapse(first, now)
        stop = found.stop or (f"the rows of round {found.number} collapse: {fell}" if fell else None)
        return replace(found, variety=now, stop=stop)

    def _measure_variety(self, rows: list[Fields]) -> Variety:
        if not self._columns:
            return measure_variety([text_of(one) for one in rows], self._rare)
        return measure_column_variety(rows, [one.fields for one in self._people], self._columns)

    def _choose(self, reading: Reading, found: RoundFigures) -> dict[str, list[Target]]:
        """Return what the slots of each label ask for in turn."""
        clusters = self.find_clusters(reading)
        by_label = {name: [one for one in clusters if one.label == name] for name in self._names}
        seed = self._job.recipe.seed
        features = COLUMNS if self._columns else TFIDF
        return {name: [Target(one, found, seed, features) for one in _mix(own)] for name, own in by_label.items()}

    def find_clusters(self, reading: Reading) -> list[Cluster]:
        """Return the clusters that the next round asks for, the largest of a label first."""
        failures = list_failures(reading, self._people, self._names, self.settings.unsure)
        return cluster_failures(failures, self._people, self.settings.clusters, self._columns)

    def _assume(self, number: int) -> None:
        """Take it that the next round asks for all rows of people of each label, as the label's neighbour."""
        found = RoundFigures(number, 0, 0, sha256_of([]))
        others = dict(zip(self._names, islice(cycle(self._names), 1, None), strict=False))
        self._targets = {
            name: [Target(Cluster(name, others[name], 1, own, ()), found, self._job.recipe.seed)]
            for name in self._names
            if (own := tuple(one for one in self._people if one.label == name))
        }


def open_loop(job: Job) -> FailureLoop | None:
    """Return the loop of a recipe before its first round; None if no generator has the strategy failures."""
    return FailureLoop(job) if job.recipe.failures else None


def _mix(clusters: Sequence[Cluster]) -> list[Cluster]:
    """Return each cluster as often as it has rows, the turns of each spread evenly."""
    turns = [
        ((turn + 0.5) / len(one.examples), place)
        for place, one in enumerate(clusters)
        for turn in range(len(one.examples))
    ]
    return [clusters[place] for _, place in sorted(turns)]
