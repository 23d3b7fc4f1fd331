"""Counts which label rows carry and which they show, by confident learning (Northcutt, Jiang and Chuang 2021).

A row counts as showing a label if its probability is at least the mean probability of that label among the rows that
carry it; of several such labels, the most probable one. Rows that reach no label's threshold are not counted. The
counts are those of the package cleanlab 2.9, whose output is recorded in the tests.
"""

import numpy as np

from pedigree.recipe.apportion import apportion

SLACK = 1e-6  # a probability that equals its threshold but for rounding reaches it
NONE = -1


def find_shown(shares: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Return the number of the label that each row shows, ``NONE`` where no label's threshold is reached.

    ``shares`` (rows x labels): probabilities by a classifier that has not learned the rows; ``asked``: the number of
    the label that each row carries. A label that no row carries is shown by none.
    """
    thresholds = np.full(shares.shape[1], np.inf)
    for label in np.unique(asked):
        thresholds[label] = max(shares[asked == label, label].mean(), SLACK)
    reached = np.where(shares >= thresholds - SLACK, shares, -1.0)
    return np.where(reached.max(axis=1) >= 0, reached.argmax(axis=1), NONE)


def count_confident(shown: np.ndarray, asked: np.ndarray, labels: int) -> np.ndarray:
    """Return how many of the rows that carry a label (rows) show each label (columns); at least one its own."""
    counts = np.zeros((labels, labels), dtype=int)
    np.add.at(counts, (asked[shown != NONE], shown[shown != NONE]), 1)
    np.fill_diagonal(counts, counts.diagonal().clip(min=1))
    return counts


def calibrate(counts: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Return the counts scaled, so that those of each label add up to all rows that carry it."""
    rows = np.bincount(asked, minlength=len(counts))
    divided = [apportion(int(total), dict(enumerate(one))) for one, total in zip(counts, rows, strict=True)]
    return np.array([[one[label] for label in range(len(counts))] for one in divided])
