"""The dynamics are those of the formulas, written out row by row, and find planted wrong labels."""

import math

import numpy as np
import pytest

from pedigree.usefulness.training_dynamics import (
    EPOCHS,
    KINDS,
    Dynamics,
    embed_shared_terms,
    find_cuts,
    follow_training,
    sort_rows,
    summarise,
    train,
)
from tests.pedigree.weighting.test_schemes import write

RNG = np.random.default_rng(0)
LOGITS, LABELS = RNG.normal(0, 2, (6, 50, 4)), RNG.integers(0, 4, 50)


def describe_slowly(row):
    """Return confidence, variability, correctness and AUM of a row by the published formulas, epoch by epoch."""
    shares, right, margins = [], 0, []
    for epoch in LOGITS:
        logits, label = list(epoch[row]), LABELS[row]
        shares.append(math.exp(logits[label]) / sum(map(math.exp, logits)))
        best = max(value for place, value in enumerate(logits) if place != label)
        margins.append(logits[label] - best)
        right += logits[label] > best
    mean = sum(shares) / len(shares)
    spread = math.sqrt(sum((share - mean) ** 2 for share in shares) / len(shares))
    return mean, spread, right / len(shares), sum(margins) / len(margins)


def test_the_figures_are_those_of_the_formulas():
    found = summarise(LOGITS, LABELS)
    expected = np.array([describe_slowly(row) for row in range(50)]).T
    for one, other in zip((found.confidence, found.variability, found.correctness, found.aum), expected, strict=True):
        assert np.allclose(one, other, rtol=0, atol=1e-6)


def test_an_epoch_is_a_pass_of_gradient_descent_over_all_rows():
    """Two labels, one step an epoch's batch: as written out with dense arrays."""
    texts, labels = write(40, 1)
    features = embed_shared_terms(texts)
    found = list(train(features, labels, 2, seed=3))
    dense, rng = features.toarray(), np.random.default_rng(3)
    coefficients, biases = np.zeros((dense.shape[1], 2)), np.zeros(2)
    for epoch in range(EPOCHS):
        for batch in np.array_split(rng.permutation(40), 32):
            shares = np.exp(dense[batch] @ coefficients + biases)
            shares /= shares.sum(axis=1, keepdims=True)
            residuals = 0.5 * (shares - np.eye(2)[labels[batch]]) / len(batch)
            coefficients -= dense[batch].T @ residuals
            biases -= residuals.sum(axis=0)
        assert np.allclose(found[epoch], dense @ coefficients + biases, rtol=0, atol=1e-6)


@pytest.fixture(scope="module")
def planted():
    texts, labels = write(300, 1)
    wrong = np.random.default_rng(2).choice(300, 30, replace=False)
    labels[wrong] = 1 - labels[wrong]
    return follow_training(texts, labels, 2, 0), wrong, np.setdiff1d(np.arange(300), wrong)


def test_rows_of_wrong_labels_are_below_zero_and_hard(planted):
    found, wrong, right = planted
    assert (found.aum[wrong] < 0).mean() > 0.9 and (found.aum[right] > 0).mean() > 0.98
    kinds = sort_rows(found, find_cuts(found))
    assert (kinds[wrong] == "hard").mean() > 0.9 > 0.4 > (kinds[right] == "hard").mean()
    assert not (kinds[wrong] == "easy").any()


def test_the_same_seed_gives_the_same_and_a_third_is_ambiguous(planted):
    found, *_ = planted
    texts, labels = write(300, 1)
    again = [follow_training(texts, labels, 2, seed).aum for seed in (0, 0, 1)]
    assert (again[0] == again[1]).all() and (again[0] != again[2]).any()
    kinds = sort_rows(found, find_cuts(found))
    assert set(kinds) == {*KINDS} and np.mean(kinds == "ambiguous") == pytest.approx(1 / 3, abs=0.01)


def test_texts_without_shared_words_and_labels_without_rows():
    found = follow_training(["a", "b", "c"], np.array([0, 2, 2]), 4, 0)
    assert np.isfinite(found.aum).all() and len(found.aum) == 3


def test_rows_are_selected():
    dynamics = Dynamics(*np.arange(8.0).reshape(4, 2))
    assert dynamics.select(slice(1)).aum.tolist() == [6.0]
