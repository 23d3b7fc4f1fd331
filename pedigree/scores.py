"""Scores of a classifier from places of labels: confusion, F1 and how sure the figures are."""

import numpy as np
from sklearn.metrics import roc_auc_score

RESAMPLES = 1000


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


def resample_macro_f1(true: np.ndarray, said: list[np.ndarray], labels: int, seed: int) -> np.ndarray:
    """Return macro-F1 over resampled test rows, the same rows for each classifier (shape resamples x classifiers).

    Drawing rows with replacement is a multinomial draw of the kinds of row; a kind is what is true and what is said.
    """
    kinds, counts = np.unique(np.stack([true, *said], axis=1), axis=0, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(len(true), counts / len(true), size=RESAMPLES)
    is_true, *is_said = (np.eye(labels, dtype=np.int64)[column] for column in kinds.T)
    f1 = [score_f1(drawn @ (is_true * each), drawn @ is_true, drawn @ each) for each in is_said]
    return np.stack([np.nanmean(scores, axis=-1) for scores in f1], axis=1)


def find_interval(values: np.ndarray) -> list[float]:
    """Return the middle 95 % of values (percentile bootstrap, Efron 1979)."""
    return [float(value) for value in np.percentile(values, [2.5, 97.5])]
