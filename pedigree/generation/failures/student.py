"""The classifier of failure-driven rounds: it learns the rows so far and reads other rows, of people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pedigree.dataset.examples import Example
from pedigree.generation.failures.clusters import Failure
from pedigree.metrics.tables.row_classifier import read_rows
from pedigree.recipe.schema import Recipe
from pedigree.usefulness.scores import average_f1, count_confusion, find_interval, resample_f1, score_confusion

DIGITS = 6  # of a probability; a difference in the last bits of two machines changes no choice


@dataclass(frozen=True)
class Reading:
    """What a classifier takes each row of people for; labels are numbers in the recipe's order."""

    true: np.ndarray
    predicted: np.ndarray
    rivals: np.ndarray  # the likeliest label besides the right one
    margins: np.ndarray  # probability of the right label less that of the rival

    @property
    def wrong(self) -> int:
        """Return the rows that are taken for another label."""
        return int((self.predicted != self.true).sum())


def read_people(
    rows: Sequence[Mapping[str, Any]],
    labels: Sequence[str],
    people: Sequence[Example],
    names: Sequence[str],
    recipe: Recipe,
) -> Reading | None:
    """Return what a classifier of rows (their fields) takes rows of people for; None for fewer than two labels.

    It reads words, or typed columns where no field is a text. Deterministic for the same rows in the same order.
    """
    if len(set(labels)) < 2 or not people:
        return None
    known, said = read_rows(rows, labels, [one.fields for one in people], recipe)
    shares = np.zeros((len(people), len(names)))
    shares[:, [list(names).index(name) for name in known]] = said.round(DIGITS)
    true = np.array([list(names).index(one.label) for one in people])
    own = shares[np.arange(len(people)), true]
    others = shares.copy()
    others[np.arange(len(people)), true] = -1
    rivals = others.argmax(axis=1)
    margins = (own - others.max(axis=1)).round(DIGITS)
    return Reading(true, np.where(margins > 0, true, rivals), rivals, margins)


def list_failures(reading: Reading, people: Sequence[Example], names: Sequence[str], unsure: float) -> list[Failure]:
    """Return the rows of people that are taken for another label, and those whose margin is below ``unsure``."""
    read = zip(people, reading.rivals, reading.margins, strict=True)
    return [Failure(one, names[rival], float(margin)) for one, rival, margin in read if margin <= 0 or margin < unsure]


def score(reading: Reading, label_count: int, seed: int) -> tuple[float, list[float]]:
    """Return macro-F1 with its 95 % interval (bootstrap of people's rows)."""
    exact = average_f1(score_confusion(count_confusion(reading.true, reading.predicted, label_count)))
    drawn = resample_f1(reading.true, [reading.predicted], label_count, seed)
    return float(exact), find_interval(average_f1(drawn[:, 0]))


def compare(reading: Reading, before: Reading, label_count: int, seed: int) -> list[float]:
    """Return the 95 % interval of the gain in macro-F1 over another reading of the same rows (paired bootstrap)."""
    drawn = resample_f1(reading.true, [reading.predicted, before.predicted], label_count, seed)
    return find_interval(average_f1(drawn[:, 0]) - average_f1(drawn[:, 1]))
