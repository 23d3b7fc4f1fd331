"""Weights of rows from probabilities of their labels: IMP and DIMP of Kuo et al. 2025 (arXiv 2410.21526).

``asked`` numbers below are the probability of the label that a row was asked for. ``checker`` is that of a classifier
of people's rows, P'(y|x); ``model`` that of a classifier of the synthetic rows themselves, Q(y|x).
"""

from collections.abc import Callable

import numpy as np

MOST = 5.0  # a weight before it is scaled; the paper names no limit
FLOOR = 0.05  # smallest Q(y|x) that divides
STEPS = 3  # trainings of the model of DIMP; the first learns rows of equal weight

ReadModel = Callable[[np.ndarray], np.ndarray]  # weights of the rows -> the model's probability of each row's label


def weigh_by_ratio(checker: np.ndarray, model: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return IMP weights P'(y|x) / Q(y|x), clipped to 0 to 5 and scaled to mean 1 within each group."""
    return scale(np.clip(checker / np.maximum(model, FLOOR), 0, MOST), groups)


def weigh_by_training(checker: np.ndarray, read_model: ReadModel, groups: np.ndarray) -> np.ndarray:
    """Return DIMP weights P'(y|x) / p(y|x), where p is the model that learns the rows with these weights.

    It is trained anew with the weights of the step before, which no gradient passes through, as in the paper.
    """
    weights = np.ones(len(checker))
    for _ in range(STEPS):
        weights = weigh_by_ratio(checker, read_model(weights), groups)
    return weights


def scale(weights: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return weights with mean 1 within each group of rows (a number for each row); 1 where a group has none above 0.

    So a label keeps its share of all training weight.
    """
    sums, sizes = np.bincount(groups, weights), np.bincount(groups)
    means = sums / np.maximum(sizes, 1)
    own = means[groups]
    return np.where(own > 0, weights / np.where(own > 0, own, 1), 1.0)
