"""Scores of predicted sets of labels: F1, subset accuracy and Hamming loss, with intervals over resampled test rows."""

from typing import Any

import numpy as np

from pedigree.usefulness.scores import RESAMPLES, find_interval


def score_sets(true: np.ndarray, predicted: np.ndarray, labels: list[str], seed: int) -> dict[str, Any]:
    """Return the scores of predictions (rows x labels, 0 or 1) by scikit-learn's functions.

    micro_f1: F1 over all decisions together; macro_f1: the mean of F1 over the labels that have test rows; subset
    accuracy: the share of rows whose whole set is right; hamming_loss: the share of wrong decisions (Tsoumakas and
    Katakis 2007). Intervals: 95 %, percentile bootstrap over rows, for micro_f1, macro_f1 and subset_accuracy.
    """
    from sklearn.metrics import accuracy_score, f1_score, hamming_loss

    tested = [place for place in range(len(labels)) if true[:, place].any()]
    by_label = f1_score(true, predicted, average=None, zero_division=0)
    draws = resample(true, predicted, seed)
    return {
        "micro_f1": float(f1_score(true, predicted, average="micro", zero_division=0)),
        "macro_f1": float(f1_score(true, predicted, labels=tested, average="macro", zero_division=0)),
        "subset_accuracy": float(accuracy_score(true, predicted)),
        "hamming_loss": float(hamming_loss(true, predicted)),
        **{f"{name}_interval": find_interval(values) for name, values in draws.items()},
        "f1": {labels[place]: float(by_label[place]) if place in tested else None for place in range(len(labels))},
        "test_rows": {label: int(true[:, place].sum()) for place, label in enumerate(labels)},
    }


def resample(true: np.ndarray, predicted: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Return micro_f1, macro_f1 and subset_accuracy over 1,000 draws of rows with replacement, equal for one seed."""
    chance = np.random.default_rng(seed)
    weights = chance.multinomial(len(true), np.full(len(true), 1 / len(true)), size=RESAMPLES).astype(float)
    hits, actual, said = (weights @ part for part in (true * predicted, true, predicted))
    f1 = np.where(actual > 0, 2 * hits / np.maximum(actual + said, 1), np.nan)
    whole = np.maximum((actual + said).sum(axis=1), 1)
    return {
        "micro_f1": 2 * hits.sum(axis=1) / whole,
        "macro_f1": np.array([np.nanmean(one) if np.isfinite(one).any() else np.nan for one in f1]),
        "subset_accuracy": weights @ (true == predicted).all(axis=1) / len(true),
    }
