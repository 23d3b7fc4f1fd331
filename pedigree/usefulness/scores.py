"""Scores of a classifier from ids of labels: confusion, F1 and how sure the figures are."""

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import roc_auc_score

RESAMPLES = 1000
MAX_DRAWN = 5_000_000  # rows in memory at once
BINS = 15


def count_confusion(true: np.ndarray, said: np.ndarray, labels: int) -> np.ndarray:
    """Return the matrix of counts, lines true and columns said (shape labels x labels)."""
    return np.bincount(true * labels + said, minlength=labels * labels).reshape(labels, labels)


def score_f1(hits: np.ndarray, true: np.ndarray, said: np.ndarray) -> np.ndarray:
    """Return F1 per label from counts per label (shape ... x labels); NaN for a label without test rows."""
    return np.where(true > 0, 2 * hits / np.maximum(true + said, 1), np.nan)


def score_confusion(confusion: np.ndarray) -> np.ndarray:
    """Return F1 per label of a matrix of counts; NaN for a label without test rows."""
    return score_f1(np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0))


def score_auc(true: np.ndarray, probabilities: np.ndarray) -> float | None:
    """Return the one-vs-rest AUC averaged over the labels that have test rows; null where there is but one label."""
    present = np.unique(true)
    if len(present) < 2:
        return None
    return float(np.mean([roc_auc_score(true == label, probabilities[:, label]) for label in present]))


def score_calibration_error(true: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the expected calibration error (Guo et al. 2017, equation 3) over 15 bins of equal width of the confidence.

    The confidence is the largest probability; bin m holds those in ((m - 1) / 15, m / 15]; 0 is calibrated.
    """
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == true
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    return float(np.abs(np.bincount(bins, right - confidence)).sum() / len(true))


def resample_f1(true: np.ndarray, said: Sequence[np.ndarray], labels: int, seed: int) -> np.ndarray:
    """Return F1 over resampled test rows, the same rows for each classifier (shape resamples x classifiers x labels).

    Rows are drawn with replacement, 1,000 times; which, is a function of seed and number of rows. A label without test
    rows in a draw has NaN.
    """
    kinds, kind = np.unique(np.stack([true, *said], axis=1), axis=0, return_inverse=True)
    is_true, *is_said = (np.eye(labels)[column] for column in kinds.T)
    rng, at_once = np.random.default_rng(seed), max(1, MAX_DRAWN // len(true))
    f1 = []
    for start in range(0, RESAMPLES, at_once):
        draws = min(at_once, RESAMPLES - start)
        drawn = kind[rng.integers(len(true), size=(draws, len(true)))] + len(kinds) * np.arange(draws)[:, None]
        drawn = np.bincount(drawn.ravel(), minlength=draws * len(kinds)).reshape(draws, -1).astype(float)
        there = drawn @ is_true
        f1.append(np.stack([score_f1(drawn @ (is_true * each), there, drawn @ each) for each in is_said], axis=1))
    return np.concatenate(f1)


def average_f1(f1: np.ndarray) -> np.ndarray:
    """Return macro-F1: the mean over the labels that have test rows (the last axis)."""
    return np.nanmean(f1, axis=-1)


def find_interval(values: np.ndarray) -> list[float]:
    """Return the middle 95 % of values (percentile bootstrap, Efron 1979); NaN, a draw without rows of a label, is left out."""
    return [float(value) for value in np.nanpercentile(values, [2.5, 97.5])]
