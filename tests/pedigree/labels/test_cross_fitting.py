"""No text is read by a classifier that has learned it, or the row of people that is nearest to it."""

import numpy as np
import pytest

from pedigree.labels.cross_fitting import FOLDS, deal_folds, find_nearest, read_labels

LABELS = ["cat", "dog"] * 10
WORDS = {"cat": "purred slept whiskers", "dog": "barked ran bone"}
PEOPLE = [f"the {WORDS[label]} animal {number}" for number, label in enumerate(LABELS)]


def test_labels_are_read_with_and_without_vectors():
    texts = ["it purred and slept", "it barked at a bone"]
    by_terms = read_labels(PEOPLE, LABELS, texts, 0)
    assert by_terms.labels == ["cat", "dog"]
    assert (by_terms.texts.argmax(axis=1) == [0, 1]).all()
    assert (by_terms.people.argmax(axis=1) == [0, 1] * 10).all()
    assert by_terms.texts.sum(axis=1) == pytest.approx(1)

    def embed(some):
        return np.array([[1.0, 0.0] if "purred" in text else [0.0, 1.0] for text in some])

    by_both = read_labels(PEOPLE, LABELS, texts, 0, embed)
    assert (by_both.texts.max(axis=1) > by_terms.texts.max(axis=1)).all()


def test_a_copy_of_a_row_is_not_read_as_the_row_was_labelled():
    """A row of people that has a label by mistake: a classifier that learned it would read it in copies, too."""
    people, labels = [*PEOPLE, "a zebra with stripes purred"], [*LABELS, "dog"]
    found = read_labels(people, labels, ["a zebra with stripes purred", "A zebra, with stripes, purred!"], 0)
    assert (found.texts.argmax(axis=1) == 0).all() and found.people[-1].argmax() == 0


def test_the_rows_of_a_label_are_dealt_evenly():
    numbers = np.array([0] * 11 + [1] * 5 + [2] * 2)
    folds = deal_folds(numbers, 3)
    for number in range(3):
        counts = np.bincount(folds[numbers == number], minlength=FOLDS)
        assert counts.max() - counts.min() <= 1
    assert (deal_folds(numbers, 3) == folds).all() and (deal_folds(numbers, 4) != folds).any()


def test_texts_without_words_and_no_texts_are_read():
    found = read_labels(["", "", "", ""], ["a", "b", "a", "b"], ["", "word"], 0)
    assert found.texts == pytest.approx(0.5, abs=0.01)
    assert read_labels(PEOPLE, LABELS, [], 0).texts.shape == (0, 2)
    assert find_nearest(np.eye(3), np.eye(3)[[2, 0]]).tolist() == [2, 0]
