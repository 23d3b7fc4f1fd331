"""Drift: rows of one kind differ by chance and no more; another kind goes beyond it, however few the rows."""

import random

import numpy as np
import polars as pl
import pytest
from scipy.stats import ks_2samp

from pedigree.metrics.drift import DriftTest, Shift

WORDS = [f"{first}{last}" for first in "bcdfghklmnprstvz" for last in ("alo", "emi", "ira", "osu", "une", "yta")]
OTHER_WORDS = [word[::-1] for word in WORDS]


def write(count: int, words: list[str] = WORDS, length: tuple[int, int] = (6, 14), seed: int = 0) -> list[str]:
    rng = random.Random(seed)
    return [" ".join(rng.choices(words, k=rng.randint(*length))) for _ in range(count)]


def compare(base: list, added: list, per_completion: int = 1, seed: int = 0) -> tuple[DriftTest, pl.Series]:
    """Compare, with labels in turn and so many rows of each label a completion."""
    rows = len(base) + len(added)
    labels = [("cat", "dog")[place % 2] for place in range(rows)]
    completions = [f"{label}-{place // 2 // per_completion}" for place, label in enumerate(labels)]
    mask = np.arange(rows) >= len(base)
    return DriftTest(mask, labels, completions, seed), pl.Series([*base, *added])


def measure_texts(*arguments, **options) -> dict[str, Shift]:
    comparison, texts = compare(*arguments, **options)
    return {name: getattr(comparison, f"compare_{name}")(texts) for name in ("lengths", "vocabulary", "diversity")}


def measure_one(name: str, *arguments, **options) -> Shift:
    comparison, texts = compare(*arguments, **options)
    return getattr(comparison, f"compare_{name}")(texts)


@pytest.mark.parametrize("added", [4, 20, 200])
def test_rows_of_one_kind_are_within_chance(added):
    shifts = measure_texts(write(300), write(added, seed=1))
    assert {name for name, shift in shifts.items() if shift.beyond > 0.02} == set()
    assert shifts["vocabulary"].distance > 0  # which alone would say that they differ


@pytest.mark.parametrize(
    ("texts", "measure"),
    [
        (write(60, length=(20, 40), seed=1), "lengths"),
        (write(60, OTHER_WORDS, seed=1), "vocabulary"),
        (write(6, seed=1) * 10, "diversity"),
    ],
)
def test_rows_of_another_kind_go_beyond_chance(texts, measure):
    shift = measure_one(measure, write(300), texts)
    assert shift.beyond == round(shift.distance - shift.chance, 6) > 0.1


def test_fewer_rows_prove_less():
    many, few = (measure_one("lengths", write(300), write(n, length=(10, 18), seed=1)) for n in (100, 8))
    assert few.chance > many.chance and few.beyond < many.beyond


def test_rows_of_one_completion_are_one_observation():
    """Twenty completions that each say one thing ten times are twenty observations, not two hundred."""
    texts = [text for pair in range(0, 40, 2) for _ in range(10) for text in write(40)[pair : pair + 2]]
    alone, together = (measure_one("vocabulary", texts[:300], texts[300:], per_completion=size) for size in (1, 10))
    assert alone.beyond > 0.1 and together.beyond < 0.05


def test_the_distances_are_those_of_their_definitions():
    comparison, texts = compare(["one two", "one two", "one two", "one two"], ["six ten!", "six ten!"])
    assert comparison.compare_vocabulary(texts).distance == 1
    assert comparison.compare_lengths(texts) == Shift(1.0, 1.0, "median 8 characters, before 7")
    classes = comparison.compare_classes(pl.Series(["a", "a", "a", "b", "b", "b"]))
    assert classes.distance == 0.75 and classes.detail == "a 0%, before 75%"
    diversity = comparison.compare_diversity(texts)
    assert (diversity.distance, diversity.detail) == (0, "distinct-2 0.500, before 0.500 on as many rows")


@pytest.mark.parametrize("most", [5, 400])  # few values give many equal ones
def test_the_distance_of_lengths_is_that_of_scipy(most):
    rng = np.random.default_rng(most)
    one, other = rng.integers(1, most, 90), rng.integers(2, most + 2, 40)
    lengths = ["x" * chars for chars in (*one, *other)]
    shift = measure_one("lengths", lengths[:90], lengths[90:])
    assert shift.distance == pytest.approx(ks_2samp(one, other, method="asymp").statistic, abs=1e-12)


def test_the_same_rows_and_seed_give_the_same_figures():
    first, again = (measure_texts(write(60), write(30, seed=1), seed=7) for _ in range(2))
    other = measure_texts(write(60), write(30, seed=1), seed=8)
    assert first == again
    assert [shift.distance for shift in other.values()] == [shift.distance for shift in first.values()]
    assert [shift.chance for shift in other.values()] != [shift.chance for shift in first.values()]


def test_texts_without_a_word_are_compared_too():
    assert measure_texts(["!", "?"], ["…", "!"])["vocabulary"].distance == 0
    assert measure_one("vocabulary", ["!", "?"], ["a", "b"]).distance == 1


def test_equal_shares_of_many_words_differ_by_nothing():
    texts = write(120, length=(30, 60))
    shift = measure_one("vocabulary", texts, texts)
    assert shift.distance == 0 and shift.chance >= 0 and shift.beyond == 0
