"""A training set: which rows of a pool a student learns from; and what a student is."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class TrainingSet:
    """Rows of a pool by their numbers (one may stand twice), the place of each one's label, and what each weighs."""

    rows: np.ndarray
    label_ids: np.ndarray
    weights: np.ndarray

    @property
    def has_two_labels(self) -> bool:
        """Return whether there are at least two labels to tell apart."""
        return len(np.unique(self.label_ids)) > 1

    def balance(self) -> np.ndarray:
        """Return the weights, of each label as much in all as of any other (scikit-learn's "balanced")."""
        totals = np.bincount(self.label_ids, self.weights)
        shares = totals[totals > 0].sum() / (np.count_nonzero(totals) * np.where(totals > 0, totals, 1))
        return self.weights * shares[self.label_ids]


class Student(Protocol):
    """Learns from some rows of one pool and reads others; a function of its arguments and the pool alone.

    Returns the probability of each label for each row of ``query_rows`` (numbers in the pool; shape query_rows x ``labels``); a
    label that the training set lacks has 0. ``approximate``: a draft is enough, for students of which only the mean is told.
    the training set has at least two labels.
    """

    def __call__(
        self, training_set: TrainingSet, query_rows: np.ndarray, labels: int, *, approximate: bool = False
    ) -> np.ndarray: ...
