"""Training on parts of the synthetic rows: what is left out, and whether that helped."""

import numpy as np
import pytest

from pedigree.usefulness.pool import Sample
from pedigree.usefulness.profiles.trial import ALL, find_doubted, split_rows, try_profiles
from tests.pedigree.usefulness.tables.test_table_students import REAL, TESTS, sample


def spoil(one, share):
    """Return rows of which the first part has the label of another."""
    wrong = int(share * len(one))
    labels = one.label_ids.copy()
    labels[:wrong] = (labels[:wrong] + 1) % 3
    return Sample(one.texts, labels, None, one.table), np.arange(len(one)) < wrong


def test_rows_whose_labels_are_wrong_are_doubted_and_better_left_out():
    made, wrong = spoil(sample(120, 8), 0.4)
    doubted = find_doubted(made, REAL, 0)
    assert doubted[wrong].mean() > 0.5 > 0.2 > doubted[~wrong].mean()
    parts = split_rows(np.where(wrong, "hard", "easy"), doubted)
    assert list(parts)[-1] == "without doubted labels" and (parts["without hard ones"] == ~wrong).all()
    found = try_profiles(parts, made, REAL, TESTS, 3, 0, by_people=True)
    by_title = {one.title: one for one in found.scores}
    best, none = by_title["without hard ones"], by_title["ambiguous ones alone"]
    assert (by_title[ALL].rows, best.rows, none.rows, none.macro_f1) == (120, 72, 0, None)
    assert best.gain[0] == pytest.approx(best.macro_f1 - by_title[ALL].macro_f1)
    assert best.gain[1] > 0 and best.macro_f1 > best.random
    assert [len(line) for line in found.list_lines()] == [len(found.head)] * len(found.scores)
    assert by_title["easy ones alone"].macro_f1 == best.macro_f1 and by_title[ALL].gain is None
    assert found == try_profiles(parts, made, REAL, TESTS, 3, 0, by_people=True)


def test_few_rows_of_people_doubt_nothing():
    made = sample(30, 8)
    assert find_doubted(made, REAL.take(np.flatnonzero(REAL.label_ids == 1)), 0) is None
    assert "without doubted labels" not in split_rows(np.array(["easy"]), None)
    texts = Sample(["good fine"] * 9 + ["bad poor"], np.array([0] * 5 + [1] * 5))
    people = Sample(["good fine", "good nice", "bad poor", "bad sad"] * 2, np.array([0, 0, 1, 1] * 2))
    assert find_doubted(texts, people, 0).tolist() == [False] * 5 + [True] * 4 + [False]
