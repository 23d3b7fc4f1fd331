"""Rows that are held back score the advice: what is shown, what is tried then, and the words of the page."""

import random

import numpy as np
import pytest

from benchmarks.advice_doublings import Doubling, try_set
from benchmarks.advice_page import write_page
from benchmarks.advice_sets import make_set

LABELS = ("cat", "dog")


def write_rows(count, seed):
    """Return rows whose words are of their label more often than of the other."""
    chance, rows = random.Random(seed), []
    for place in range(count):
        number = chance.randrange(2)
        words = [f"{LABELS[number if chance.random() < 0.6 else 1 - number]}{chance.randrange(40)}" for _ in range(4)]
        rows.append({"text": f"{' '.join(words)} {seed}x{place}", "label": LABELS[number]})
    return rows


@pytest.fixture(scope="module")
def found():
    return try_set(make_set("pets", "synthetic", write_rows(360, 1), write_rows(20, 2), write_rows(60, 3)))


def test_a_text_counts_once_and_tests_first():
    rows = write_rows(6, 1)
    one = make_set("pets", "real", [*rows, rows[0], *write_rows(3, 2)], rows[3:], rows[:2])
    assert (len(one.tests), len(one.growing), len(one.fixed)) == (2, 7, 0)


def test_a_half_a_quarter_and_an_eighth_are_shown_and_more_is_tried_where_there_is_more(found):
    assert [(rows, times) for rows, times in dict.fromkeys((one.rows, one.times) for one in found)] == [
        (180, 2), (90, 2), (90, 4), (45, 2), (45, 4),
    ]  # fmt: skip
    assert len(found) == 20 and {one.name for one in found} == {"pets"}
    for one in found:
        assert one.curve[1] < one.curve[0] < one.curve[2]
        assert one.curve[2] - one.curve[1] > one.bare[2] - one.bare[1] and one.curve[0] == one.bare[0]
    assert len({one.gain for one in found}) > 3


def test_the_page_counts_each_set_alike_and_says_how_often_an_interval_held():
    def tell(name, gain, times=2):
        return Doubling(name, "real", 100, times, gain, (0.02, -0.01, 0.05), (0.02, 0.01, 0.03), (0.04, 0.03, 0.05))

    page = write_page([tell("a", 0.01), tell("a", 0.03), tell("b", 0.06), tell("b", 0.06, 4)])
    [line] = [line for line in page.splitlines() if line.startswith("| real rows | 2, 3 |")]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    error = f"{100 * np.sqrt((0.01**2 + 0.04**2) / 2):.1f}"
    assert cells == ["real rows", "2, 3", "+4.0", "fitted curve", "−2.0", error, "50.0 %", "6.0", "never"]
    assert "| a | 2 | +2.0 | +2.0 | 2 of 2 | +4.0 | 1 of 2 |" in page
    assert "on 2 sets" in " ".join(page.split()) and "3, 3 |" in page
