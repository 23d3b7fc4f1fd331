"""Computes scores of a classifier from label ids: confusion matrix, F1, AUC, calibration error and their intervals."""

from collections.abc import Sequence

import numpy as np

RESAMPLES = 1000
MAX_DRAWN = 5_000_000  # resampled rows in memory at once
BINS = 15


def count_confusion(true: np.ndarray, predicted: np.ndarray, label_count: int) -> np.ndarray:
    """Return the confusion matrix: true labels x predicted labels."""
    counts = np.bincount(true * label_count + predicted, minlength=label_count * label_count)
    return counts.reshape(label_count, label_count)


def score_f1(hits: np.ndarray, true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return F1 per label from counts per label (shape ... x labels); NaN for a label without test rows."""
    return np.where(true > 0, 2 * hits / np.maximum(true + predicted, 1), np.nan)


def score_confusion(confusion: np.ndarray) -> np.ndarray:
    """Return F1 per label of a confusion matrix; NaN for a label without test rows."""
    return score_f1(np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0))


def score_auc(true: np.ndarray, probabilities: np.ndarray) -> float | None:
    """Return the one-vs-rest AUC averaged over the labels that have test rows; null for fewer than two labels."""
    present = np.unique(true)
    if len(present) < 2:
        return None
    return float(np.mean([_measure_area(true == label, probabilities[:, label]) for label in present]))


def _measure_area(is_label: np.ndarray, scores: np.ndarray) -> float:
    """Return the share of pairs in which the label's row scores higher; equal scores count half (Mann-Whitney U)."""
    others, own = np.sort(scores[~is_label]), scores[is_label]
    below, not_above = (np.searchsorted(others, own, side=side) for side in ("left", "right"))
    return float((below + not_above).sum() / (2 * len(own) * len(others)))


def score_calibration_error(true: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the expected calibration error (Guo et al. 2017, equation 3) over 15 bins of equal width; 0 is calibrated.

    The confidence is the largest probability; bin m holds confidences in ((m - 1) / 15, m / 15].
    """
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == true
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    return float(np.abs(np.bincount(bins, right - confidence)).sum() / len(true))


def resample_f1(true: np.ndarray, predicted: Sequence[np.ndarray], label_count: int, seed: int) -> np.ndarray:
    """Return F1 over resampled test rows, the same rows for each classifier (shape resamples x classifiers x labels).

    Rows are drawn with replacement 1,000 times, depending only on the seed and the number of rows. A label without test
    rows in a draw has NaN.
    """
    kinds, kind = np.unique(np.stack([true, *predicted], axis=1), axis=0, return_inverse=True)
    is_true, *is_predicted = (np.eye(label_count)[column] for column in kinds.T)
    rng, at_once = np.random.default_rng(seed), max(1, MAX_DRAWN // len(true))
    f1 = []
    for start in range(0, RESAMPLES, at_once):
        draws = min(at_once, RESAMPLES - start)
        drawn = kind[rng.integers(len(true), size=(draws, len(true)))] + len(kinds) * np.arange(draws)[:, None]
        drawn = np.bincount(drawn.ravel(), minlength=draws * len(kinds)).reshape(draws, -1).astype(float)
        totals = drawn @ is_true
        f1.append(np.stack([score_f1(drawn @ (is_true * each), totals, drawn @ each) for each in is_predicted], axis=1))
    return np.concatenate(f1)


def average_f1(f1: np.ndarray) -> np.ndarray:
    """Return macro-F1: the mean over the labels that have test rows (the last axis)."""
    return np.nanmean(f1, axis=-1)


def find_interval(values: np.ndarray) -> list[float]:
    """Return the central 95 % interval of values (percentile bootstrap, Efron 1979), ignoring NaN."""
    return [float(value) for value in np.nanpercentile(values, [2.5, 97.5])]
