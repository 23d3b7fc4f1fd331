"""Usefulness: students of synthetic rows and of seeds, on rows that people wrote."""

import numpy as np
import pytest

from pedigree import usefulness
from pedigree.usefulness import Sample, measure_usefulness

LABELS = ["cat", "dog", "fish"]
WORDS = {"cat": "purrs meows whiskers", "dog": "barks fetches wags", "fish": "swims bubbles gills"}


def sample(rows, *, wrong=()):
    labels = [LABELS[row % 3] for row in range(rows)]
    texts = [f"it {WORDS[label].split()[row % 2]} {WORDS[label].split()[2]} {row}" for row, label in enumerate(labels)]
    return Sample(texts, np.array([(row + (row in wrong)) % 3 for row in range(rows)], dtype=int))


def measure(synthetic, seeds, repeats=2):
    return measure_usefulness(synthetic, seeds, sample(30), LABELS, repeats, seed=0)


def test_good_rows_teach_and_wrong_labels_harm_and_the_difference_says_so():
    found = measure(sample(60), sample(60, wrong=range(0, 60, 2)))
    assert found["test_rows"] == 30
    assert found["synthetic"]["macro_f1"] == found["synthetic"]["accuracy"] == found["synthetic"]["auc"] == 1
    assert found["synthetic"]["confusion"] == [[10, 0, 0], [0, 10, 0], [0, 0, 10]]
    assert found["seeds"]["macro_f1"] < 0.9
    assert found["difference"]["macro_f1_interval"][0] > 0


def test_repeats_are_students_of_other_draws_and_all_is_a_function_of_the_seed():
    found = measure(sample(12), sample(9), repeats=4)
    assert len(found["seeds"]["macro_f1_repeats"]) == 4
    assert found["seeds"]["macro_f1_mean"] == pytest.approx(np.mean(found["seeds"]["macro_f1_repeats"]))
    assert found == measure(sample(12), sample(9), repeats=4)


def test_who_has_fewer_than_two_labels_to_learn_is_not_measured():
    found = measure(sample(12), Sample([], np.array([], dtype=int)))
    assert found["seeds"] is None
    assert found["difference"] is None
    assert found["synthetic"]["train_rows"] == 12


def test_more_rows_than_a_laptop_learns_from_are_sampled(monkeypatch):
    monkeypatch.setattr(usefulness, "MOST_TRAINING_ROWS", 30)
    assert measure(sample(90), sample(9))["synthetic"]["train_rows"] == 30
