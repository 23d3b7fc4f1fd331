"""Computes the weights of synthetic rows by each scheme that a recipe can name."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pedigree.labels.cross_fitting import read_labels
from pedigree.metrics.tables.columns import Table
from pedigree.metrics.tfidf import Embed
from pedigree.usefulness.tables.classifier import TableClassifier
from pedigree.usefulness.tfidf_classifier import TfidfClassifier
from pedigree.usefulness.training_set import TrainingSet
from pedigree.weighting.ratios import weigh_by_ratio, weigh_by_training

SCHEMES = ("imp", "dimp", "reader")
MAX_LEARNED = 20_000  # rows that a model of the synthetic rows learns; of more, each random part has its own model
UNKNOWN = -1


@dataclass(frozen=True)
class Rows:
    """Texts with the number of each one's label; ``table``: their typed columns, where no field is a text."""

    texts: list[str]
    label_ids: np.ndarray
    table: Table | None = None

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True)
class Checker:
    """The probability of each row's label by classifiers of people's rows; NaN for a label that people's rows lack.

    ``terms`` reads by TF-IDF, or by columns where no field is a text; ``both`` by TF-IDF and an embedder, where there
    is one.
    """

    terms: np.ndarray
    both: np.ndarray


def read_by_people(
    people: Sequence[str],
    people_labels: Sequence[int],
    rows: Rows,
    seed: int,
    embed: Embed | None,
    table: Table | None = None,
) -> Checker:
    """Return what classifiers of people's rows read; of a row, one that has not learned the nearest row of people.

    ``table`` are the columns of people's rows, where no field is a text.
    """
    tables = None if table is None or rows.table is None else (table, rows.table)

    def read(vectors: Embed | None) -> np.ndarray:
        numbers = [f"{label:06d}" for label in people_labels]  # texts, in the order of the numbers
        found = read_labels(people, numbers, rows.texts, seed, vectors, tables)
        place = np.full(max(int(rows.label_ids.max(initial=0)), max(people_labels)) + 1, UNKNOWN)
        place[[int(label) for label in found.labels]] = np.arange(len(found.labels))
        own = place[rows.label_ids]
        return np.where(own == UNKNOWN, np.nan, found.texts[np.arange(len(own)), own])

    terms = read(None)
    return Checker(terms, read(embed) if embed is not None else terms)


class Weigher:
    """Weighs the rows of one set; its texts are tokenised once for all schemes and checkers."""

    def __init__(self, rows: Rows, label_count: int, seed: int):
        self._rows, self._label_count = rows, label_count
        self._classifier = TfidfClassifier(rows.texts) if rows.table is None else TableClassifier(rows.table)
        shuffled = np.random.default_rng(seed).permutation(len(rows))
        self._parts = [np.sort(part) for part in np.array_split(shuffled, -(-len(rows) // MAX_LEARNED) or 1)]
        self._first: np.ndarray | None = None

    def weigh(self, scheme: str, checker: Checker) -> np.ndarray:
        """Return the weight of each row, with mean 1 within a label; 1 for a label that people's rows lack."""
        read = checker.both if scheme == "reader" else checker.terms
        known = ~np.isnan(read)
        share, groups = np.where(known, read, 0), self._rows.label_ids
        if scheme == "reader":
            weights = weigh_by_ratio(share, np.ones(len(share)), groups)
        elif scheme == "imp":
            weights = weigh_by_ratio(share, self.read_model(np.ones(len(share))), groups)
        else:
            weights = weigh_by_training(share, self.read_model, groups)
        return np.where(known, weights, 1.0)

    def read_model(self, weights: np.ndarray) -> np.ndarray:
        """Return the probability of each row's label by the student that learned it with these weights."""
        plain = bool((weights == 1).all())
        if plain and self._first is not None:
            return self._first
        found = np.ones(len(self._rows))
        for part in self._parts:
            training_set = TrainingSet(part, self._rows.label_ids[part], weights[part])
            if training_set.has_two_labels:
                shares = self._classifier(training_set, part, self._label_count)
                found[part] = shares[np.arange(len(part)), training_set.label_ids]
        if plain:
            self._first = found
        return found
