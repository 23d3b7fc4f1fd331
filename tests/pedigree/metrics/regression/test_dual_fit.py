"""The logistic regression against scikit-learn's, on the same matrices."""

import numpy as np
import pytest
import scipy.sparse as sparse
from sklearn.linear_model import LogisticRegression

from pedigree.metrics.regression import dual_fit
from pedigree.metrics.regression.dual_fit import DualProblem, fit_logistic


def make(rows, features, labels, seed=0):
    rng = np.random.default_rng(seed)
    matrix = sparse.random_array((rows, features), density=0.1, rng=rng, format="csr")
    label_ids = np.concatenate([np.arange(labels), rng.integers(labels, size=rows - labels)])
    return matrix, label_ids, rng.uniform(0.2, 5, size=rows)


def read(features, coefficients, biases):
    scores = np.exp(features @ coefficients + biases)
    return scores / scores.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(("rows", "features", "labels", "c"), [(40, 300, 2, 10), (60, 20, 5, 1), (200, 900, 3, 0.1)])
def test_the_minimum_is_that_of_scikit_learn(rows, features, labels, c):
    matrix, label_ids, weights = make(rows, features, labels)
    said = read(matrix, *fit_logistic(matrix, label_ids, labels, weights, c=c, tolerance=1e-10))
    reader = LogisticRegression(C=c, tol=1e-12, max_iter=10_000, solver="newton-cg").fit(matrix, label_ids, weights)
    assert said == pytest.approx(reader.predict_proba(matrix), abs=1e-6)


def test_dense_features_are_as_good_as_sparse_ones():
    matrix, label_ids, weights = make(50, 30, 3)
    sparsely = fit_logistic(matrix, label_ids, 3, weights, c=10, tolerance=1e-10)
    densely = fit_logistic(matrix.toarray(), label_ids, 3, weights, c=10, tolerance=1e-10)
    assert densely[0] == pytest.approx(sparsely[0], abs=1e-6)
    assert densely[1] == pytest.approx(sparsely[1], abs=1e-6)


def test_it_stops_where_no_part_of_the_mean_gradient_is_above_the_tolerance():
    matrix, label_ids, weights = make(80, 200, 3)
    for tolerance in (1e-3, 1e-6):
        coefficients, biases = fit_logistic(matrix, label_ids, 3, weights, c=10, tolerance=tolerance)
        residuals = (read(matrix, coefficients, biases) - np.eye(3)[label_ids]) * weights[:, None]
        gradient = np.vstack([matrix.T @ residuals + coefficients / 10, residuals.sum(axis=0)])
        assert np.abs(gradient).max() / weights.sum() <= tolerance


def test_a_heavy_row_is_as_good_as_many_light_ones():
    matrix, label_ids, _ = make(30, 50, 2)
    times = np.random.default_rng(1).integers(1, 4, size=30)
    heavy = fit_logistic(matrix, label_ids, 2, times.astype(float), c=10, tolerance=1e-10)
    many = np.repeat(np.arange(30), times)
    light = fit_logistic(matrix[many], label_ids[many], 2, np.ones(len(many)), c=10, tolerance=1e-10)
    assert heavy[0] == pytest.approx(light[0], abs=1e-6)


def test_rows_without_any_feature_are_told_apart_by_nothing_but_their_numbers():
    coefficients, biases = fit_logistic(
        sparse.csr_matrix((3, 4)), np.array([0, 0, 1]), 2, np.ones(3), c=10, tolerance=1e-9
    )
    assert not coefficients.any()
    assert np.exp(biases[0] - biases[1]) == pytest.approx(2, abs=1e-6)


def test_with_a_shorter_memory_the_minimum_is_the_same(monkeypatch):
    matrix, label_ids, weights = make(60, 200, 4)
    before = fit_logistic(matrix, label_ids, 4, weights, c=10, tolerance=1e-9)
    monkeypatch.setattr("pedigree.metrics.regression.dual_fit.MAX_REMEMBERED", 1)
    assert fit_logistic(matrix, label_ids, 4, weights, c=10, tolerance=1e-9)[0] == pytest.approx(before[0], abs=1e-5)


@pytest.mark.parametrize("tries", [1, 2, 30])
def test_the_slopes_of_a_step_are_those_at_its_end_however_short_the_search(tries, monkeypatch):
    monkeypatch.setattr("pedigree.metrics.regression.dual_fit.MAX_TRIES", tries)
    matrix, label_ids, weights = make(40, 60, 3)
    problem = DualProblem(matrix, label_ids, 3, weights, 0.1)
    point = np.zeros((2, problem.width))
    residuals, step = problem.compute_residuals(np.zeros((40, 3))), np.empty_like(point)
    problem.compute_gradient(point, residuals, step)
    step *= -50
    after = problem.search_line(point, residuals, step).copy()
    assert after == pytest.approx(problem.compute_residuals(np.add(*problem.split(step[1]))))


def test_with_many_labels_the_minimum_is_that_of_scikit_learn_too():
    """Most of its steps are made with numbers of 32 bits, the last ones are not."""
    matrix, label_ids, weights = make(160, 120, 40)
    assert dual_fit.MANY_LABELS <= 40
    said = read(matrix, *fit_logistic(matrix, label_ids, 40, weights, c=1, tolerance=1e-10))
    reader = LogisticRegression(C=1, tol=1e-12, max_iter=10_000, solver="newton-cg").fit(matrix, label_ids, weights)
    assert said == pytest.approx(reader.predict_proba(matrix), abs=1e-6)


def test_numbers_of_32_bits_that_do_not_suffice_are_left_after_some_steps(monkeypatch):
    matrix, label_ids, weights = make(100, 60, 33)
    right = fit_logistic(matrix, label_ids, 33, weights, c=10, tolerance=1e-9)
    (_, _, many), *then = dual_fit.SINGLE_THEN_DOUBLE
    monkeypatch.setattr(dual_fit, "SINGLE_THEN_DOUBLE", [(np.float32, 1e-30, many), *then])
    found = fit_logistic(matrix, label_ids, 33, weights, c=10, tolerance=1e-9)
    assert found[0].dtype == np.float64 and found[0] == pytest.approx(right[0], abs=1e-5)


def test_what_is_stopped_early_is_the_same_with_few_labels_however_it_is_computed():
    """The figures of earlier versions: labels, rows and features of the demo's size, at the loose tolerance."""
    matrix, label_ids, weights = make(300, 500, 8)
    coefficients, biases = fit_logistic(matrix, label_ids, 8, weights, c=10, tolerance=1e-4)
    found = (coefficients[0, 0], coefficients[499, 7], biases[3])
    assert found == pytest.approx((-0.6134237754748871, 0.7335991043100025, 0.08730733441988207), abs=1e-9)
