"""Scores of predicted sets of labels are scikit-learn's; a classifier for each label learns what words tell."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, hamming_loss

from pedigree.usefulness.multi_label.scores import resample, score_sets
from pedigree.usefulness.multi_label.trial import indicate, predict_sets

LABELS = ["food", "service", "price"]


def test_the_scores_are_those_of_scikit_learn():
    chance = np.random.default_rng(3)
    true, predicted = (chance.integers(0, 2, size=(40, 3)) for _ in range(2))
    found = score_sets(true, predicted, LABELS, 0)
    assert found["micro_f1"] == f1_score(true, predicted, average="micro")
    assert found["macro_f1"] == f1_score(true, predicted, average="macro")
    assert found["subset_accuracy"] == accuracy_score(true, predicted)
    assert found["hamming_loss"] == hamming_loss(true, predicted)
    for name in ("micro_f1", "macro_f1", "subset_accuracy"):
        low, high = found[f"{name}_interval"]
        assert low <= found[name] <= high
    ones = resample(true, true, 0)
    assert all(np.allclose(values[np.isfinite(values)], 1) for values in ones.values())


def test_a_label_without_test_rows_is_unknown_and_does_not_lower_the_mean():
    true, predicted = np.array([[1, 0, 0], [1, 1, 0]]), np.array([[1, 0, 1], [1, 1, 0]])
    found = score_sets(true, predicted, LABELS, 0)
    assert found["f1"] == {"food": 1.0, "service": 1.0, "price": None} and found["macro_f1"] == 1.0
    assert found["micro_f1"] < 1 and found["hamming_loss"] == pytest.approx(1 / 6)


def test_each_label_is_learned_on_its_own():
    texts = ["cold soup", "rude waiter", "cold soup and a rude waiter", "far too dear", "dear soup", "dear waiter"]
    held = indicate(
        [["food"], ["service"], ["food", "service"], ["price"], ["food", "price"], ["service", "price"]], LABELS
    )
    said = predict_sets(texts, held, ["dear, dear, rude waiter", "soup", "nothing known"], 0)
    assert said[:2].tolist() == [[0, 1, 1], [1, 0, 0]]
    always = predict_sets(texts, np.hstack([np.ones((6, 1), int), np.zeros((6, 1), int)]), ["anything"], 0)
    assert always.tolist() == [[1, 0]]
