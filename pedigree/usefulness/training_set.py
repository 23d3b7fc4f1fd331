"""Defines a training set (rows of a pool with weights) and the interface of a classifier that learns from it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class TrainingSet:
    """Row numbers in a pool (possibly repeated), with the label id and the weight of each."""

    rows: np.ndarray
    label_ids: np.ndarray
    weights: np.ndarray

    @property
    def has_two_labels(self) -> bool:
        """Return whether there are at least two labels, as every classifier needs."""
        return len(np.unique(self.label_ids)) > 1

    def balance(self) -> np.ndarray:
        """Return the weights, scaled so that every label has the same total (scikit-learn's "balanced")."""
        totals = np.bincount(self.label_ids, self.weights)
        shares = totals[totals > 0].sum() / (np.count_nonzero(totals) * np.where(totals > 0, totals, 1))
        return self.weights * shares[self.label_ids]


class Classifier(Protocol):
    """Trains on rows of one pool and predicts labels of others; deterministic.

    Returns probabilities (query rows x ``label_count``) for ``query_rows`` (numbers in the pool); 0 for a label that is
    not in the training set, which has at least two labels. ``approximate`` allows a looser tolerance; it is used where
    only a mean over many fits is reported.
    """

    def __call__(
        self, training_set: TrainingSet, query_rows: np.ndarray, label_count: int, *, approximate: bool = False
    ) -> np.ndarray: ...
