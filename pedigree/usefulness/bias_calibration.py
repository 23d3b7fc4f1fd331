"""Recalibrates a classifier on a few real rows: a bias per label is added to its log-probabilities."""

import numpy as np

MAX_STEPS = 100
SMALLEST_STEP = 1e-10


def fit_biases(probabilities: np.ndarray, label_ids: np.ndarray) -> np.ndarray:
    """Return the bias of each label under which the probabilities best fit the labels of these rows.

    They minimise, over b, sum of w_i (-log softmax(log p_i + b)[y_i]) + ||b||^2 / 2 (only the bias of the vector
    scaling of Guo et al. 2017, section 4.2, with a standard normal prior), by Newton's method. The weight of a row is
    1 / sqrt(share of its label), scaled to mean 1: a compromise between unweighted rows, which favour accuracy over
    rare labels, and balanced labels. The bias is 0 for a label without rows, and for one that the classifier was not
    trained on, whose rows are ignored. The classifier must not have been trained on these rows.
    """
    is_trained = np.max(probabilities, axis=0)[label_ids] > 0
    biases = np.zeros(probabilities.shape[1])
    if not np.any(is_trained):
        return biases
    probabilities = probabilities[is_trained]
    seen, label_ids = np.unique(label_ids[is_trained], return_inverse=True)
    logs = _take_logs(probabilities[:, seen])
    weights = np.bincount(label_ids)[label_ids] ** -0.5
    weights /= weights.mean()
    is_label, found = np.eye(len(seen))[label_ids], np.zeros(len(seen))
    for _ in range(MAX_STEPS):
        predicted = _softmax(logs + found)
        gradient = weights @ (predicted - is_label) + found
        hessian = np.diag(weights @ predicted + 1) - predicted.T @ (predicted * weights[:, None])
        step = np.linalg.solve(hessian, gradient)
        step *= min(1, 1 / np.abs(step).max(initial=1e-300))
        found = found - step
        if np.abs(step).max(initial=0) < SMALLEST_STEP:
            break
    biases[seen] = found
    return biases


def apply_biases(probabilities: np.ndarray, biases: np.ndarray) -> np.ndarray:
    """Return the probabilities with these biases added to their logarithms, normalised again."""
    return _softmax(_take_logs(probabilities) + biases)


def _take_logs(probabilities: np.ndarray) -> np.ndarray:
    """Return logarithms; those of 0 are so low that no bias matters."""
    return np.log(np.maximum(probabilities, 1e-300))


def _softmax(logs: np.ndarray) -> np.ndarray:
    exponentials = np.exp(logs - logs.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)
