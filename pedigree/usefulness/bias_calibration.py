"""Decisions recalibrated on a few real rows: a bias for each label is added to the student's log-probabilities."""

import numpy as np

MAX_STEPS = 100
SMALLEST_STEP = 1e-10


def fit_biases(probabilities: np.ndarray, label_ids: np.ndarray) -> np.ndarray:
    """Return the bias of each label under which the student's probabilities best fit these rows' labels.

    They minimise, over b, sum of w_i (-log softmax(log p_i + b)[y_i]) + ||b||^2 / 2 (bias alone of the vector scaling of
    Guo et al. 2017, section 4.2, with a standard normal prior), found by Newton's method. A row weighs 1 / sqrt(share of
    its label), scaled to a mean of 1: between plain likelihood, which serves accuracy and gives up rare labels, and balanced
    labels, which do the opposite. A label that no row has keeps its bias of 0; so does one that the student never saw, whose
    rows don't count: no bias brings it back. No row may be one that the student learned.
    """
    saw = (probabilities > 0).any(axis=0)[label_ids]
    if not saw.any():
        return np.zeros(probabilities.shape[1])
    probabilities, label_ids = probabilities[saw], label_ids[saw]
    seen, label_ids = np.unique(label_ids, return_inverse=True)
    logs = _take_logs(probabilities[:, seen])
    weights = np.bincount(label_ids)[label_ids] ** -0.5
    weights /= weights.mean()
    is_label, found = np.eye(len(seen))[label_ids], np.zeros(len(seen))
    for _ in range(MAX_STEPS):
        said = _normalise(logs + found)
        slope = weights @ (said - is_label) + found
        bend = np.diag(weights @ said + 1) - said.T @ (said * weights[:, None])
        step = np.linalg.solve(bend, slope)
        step *= min(1, 1 / np.abs(step).max(initial=1e-300))
        found = found - step
        if np.abs(step).max(initial=0) < SMALLEST_STEP:
            break
    biases = np.zeros(probabilities.shape[1])
    biases[seen] = found
    return biases


def apply_biases(probabilities: np.ndarray, biases: np.ndarray) -> np.ndarray:
    """Return the probabilities with these biases on their logarithms, summing to 1 again."""
    return _normalise(_take_logs(probabilities) + biases)


def _take_logs(probabilities: np.ndarray) -> np.ndarray:
    """Return logarithms; those of a label that the student never saw are so low that no bias brings it back."""
    return np.log(np.maximum(probabilities, 1e-300))


def _normalise(logs: np.ndarray) -> np.ndarray:
    said = np.exp(logs - logs.max(axis=1, keepdims=True))
    return said / said.sum(axis=1, keepdims=True)
