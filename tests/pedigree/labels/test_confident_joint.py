"""Confident learning counts as cleanlab 2.9.0 does: its output for these thirty rows stands below."""

import numpy as np

from pedigree.labels.confident_joint import NONE, calibrate, count_confident, find_shown

ASKED = np.array([1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 0, 2, 2, 2, 2])
PERCENT = """
75 9 16, 77 2 21, 89 7 4, 65 17 18, 53 28 19, 89 10 1, 57 9 34, 52 6 42, 58 16 26, 51 49 0, 32 64 4, 14 76 10, 7 68 25,
17 68 15, 31 69 0, 15 52 33, 21 66 13, 33 58 9, 25 62 13, 5 81 14, 2 20 78, 13 35 52, 14 33 53, 33 7 60, 16 23 61,
1 15 84, 17 19 64, 19 20 61, 0 35 65, 34 7 59
"""
SHARES = np.array([[int(one) / 100 for one in row.split()] for row in PERCENT.split(",")])


def test_the_counts_are_cleanlabs():
    shown = find_shown(SHARES, ASKED)
    counts = count_confident(shown, ASKED, 3)
    assert counts.tolist() == [[4, 0, 1], [3, 8, 0], [0, 2, 9]]
    assert calibrate(counts, ASKED).tolist() == [[6, 0, 2], [3, 8, 0], [0, 2, 9]]
    assert np.flatnonzero((shown != ASKED) & (shown != NONE)).tolist() == [0, 1, 2, 13, 14, 25]


def test_the_counts_are_cleanlabs_where_every_label_is_wrong():
    asked = (np.repeat([0, 1, 2], 10) + 1) % 3
    counts = count_confident(find_shown(SHARES, asked), asked, 3)
    assert counts.tolist() == [[1, 0, 10], [10, 1, 0], [0, 10, 1]]
    assert calibrate(counts, asked).tolist() == [[1, 0, 9], [9, 1, 0], [0, 9, 1]]


def test_a_label_that_no_row_carries_is_shown_by_none():
    shown = find_shown(SHARES, np.zeros(30, dtype=int))
    assert set(shown) == {NONE, 0}
    assert calibrate(count_confident(shown, np.zeros(30, dtype=int), 3), np.zeros(30, dtype=int)).sum() == 30
