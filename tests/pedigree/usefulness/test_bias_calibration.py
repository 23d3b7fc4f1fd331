"""Recalibrated decisions: biases by label, chosen on a few rows."""

import numpy as np
import pytest
from scipy.optimize import minimize

from pedigree.usefulness.bias_calibration import apply_biases, fit_biases


def make(rows, labels, seed=0):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(labels), size=rows), rng.integers(labels, size=rows)


@pytest.mark.parametrize(("rows", "labels"), [(200, 2), (60, 4), (9, 3)])
def test_biases_minimise_the_weighted_loss_with_a_normal_prior(rows, labels):
    probabilities, label_ids = make(rows, labels)
    label_ids[:labels] = range(labels)
    weights = np.bincount(label_ids, minlength=labels)[label_ids] ** -0.5
    weights /= weights.mean()

    def lose(biases):
        scores = np.log(probabilities) + biases
        chosen = scores[np.arange(rows), label_ids] - np.log(np.exp(scores).sum(axis=1))
        return -(weights * chosen).sum() + biases @ biases / 2

    found = fit_biases(probabilities, label_ids)
    assert found == pytest.approx(minimize(lose, np.zeros(labels), tol=1e-12).x, abs=1e-5)
    assert found.sum() == pytest.approx(0, abs=1e-8)


def test_a_student_that_ranks_well_and_decides_badly_is_mended():
    rng = np.random.default_rng(1)
    label_ids = rng.integers(2, size=200)
    chance = 0.02 + 0.1 * rng.uniform(size=200) + 0.15 * label_ids
    probabilities = np.stack([1 - chance, chance], axis=1)
    assert np.mean(probabilities.argmax(axis=1) == label_ids) < 0.6
    mended = apply_biases(probabilities, fit_biases(probabilities, label_ids))
    assert np.mean(mended.argmax(axis=1) == label_ids) > 0.95
    assert mended.sum(axis=1) == pytest.approx(1)
    assert (np.argsort(mended[:, 1]) == np.argsort(chance)).all()


def test_a_label_without_rows_keeps_its_place_and_one_that_was_never_learned_stays_unread():
    probabilities, label_ids = make(50, 3)
    assert fit_biases(probabilities, np.where(label_ids == 2, 0, label_ids))[2] == 0
    unlearned = np.column_stack([probabilities, np.zeros(50)])
    biases = fit_biases(unlearned, np.where(np.arange(50) < 25, 3, label_ids))
    assert biases[3] == 0 and biases[:3] == pytest.approx(fit_biases(probabilities[25:], label_ids[25:]))
    assert apply_biases(unlearned, biases)[:, 3].max() < 1e-100
    assert not fit_biases(unlearned, np.full(50, 3)).any()


def test_rows_of_one_label_move_nothing():
    assert not fit_biases(make(20, 3)[0], np.ones(20, dtype=int)).any()
