"""Rows are easy, ambiguous or hard beside rows of people; many easy rows give a warning with what to do."""

import numpy as np
import polars as pl
import pytest

from pedigree.dataset.examples import Example
from pedigree.usefulness.difficulty import describe_difficulty, map_difficulty
from pedigree.usefulness.difficulty_split import sort_held_out, split_by_difficulty
from pedigree.usefulness.pool import Sample
from pedigree.usefulness.trials import Trial
from tests.pedigree.weighting.test_schemes import WORDS, write

NAMES = ["cat", "dog"]


def tabulate(texts, labels, generators=("one",), real=0):
    return pl.DataFrame(
        {
            "row_id": [f"{row:04}" for row in range(len(texts))],
            "text": texts,
            "label": [NAMES[label] for label in labels],
            "generator": [generators[row % len(generators)] for row in range(len(texts))],
            "completion_id": [None if row < real else "c" for row in range(len(texts))],
        },
        {
            "row_id": pl.String,
            "text": pl.String,
            "label": pl.String,
            "generator": pl.String,
            "completion_id": pl.String,
        },
    )


def make_seeds(count, seed):
    texts, labels = write(count, seed)
    pairs = enumerate(zip(texts, labels, strict=True))
    return [Example(str(number), {"text": text}, NAMES[label], number) for number, (text, label) in pairs]


def measure(rows, seeds):
    found = map_difficulty(rows, seeds, ["text"], NAMES, 0)
    return found, describe_difficulty(found, rows, NAMES)


@pytest.fixture(scope="module")
def plain():
    """Rows that say nothing but their label's words, many times: what a model writes without being asked for more."""
    texts = [" ".join([*WORDS[row % 2][:4], "animal"]) for row in range(200)]
    return tabulate(texts, [row % 2 for row in range(200)], ("one", "other"))


def test_rows_that_are_all_easy_give_a_warning_that_says_what_to_do(plain):
    found, told = measure(plain, make_seeds(60, 4))
    assert told["synthetic"]["easy"] >= 0.95 and told["people"]["easy"] < 0.6
    assert "100% of the synthetic rows are easy" in told["warning"] and "strategy: failures" in told["warning"]
    assert told["limits_by"] == "people" and told["people"]["rows"] == 60
    assert found.kinds.tolist() == ["easy"] * 200


def test_without_people_the_limits_are_those_of_the_rows_and_nothing_is_warned(plain):
    _, told = measure(plain, make_seeds(8, 4))
    assert told["limits_by"] == "rows" and told["warning"] is None


def test_shares_are_told_by_label_and_generator(plain):
    found, told = measure(plain, make_seeds(60, 4))
    for part, column in (("by_label", "label"), ("by_generator", "generator")):
        for name, one in told[part].items():
            own = (plain[column] == name).to_numpy()
            assert one["rows"] == own.sum() and one["aum"] == pytest.approx(found.rows.aum[own].mean())
            assert one["easy"] + one["ambiguous"] + one["hard"] == pytest.approx(1)


def test_real_rows_are_people_and_count_once():
    texts, labels = write(100, 5)
    rows = tabulate(texts, labels, real=40)
    _, told = measure(rows, [Example("s", {"text": texts[0]}, NAMES[labels[0]], 1), *make_seeds(10, 6)])
    assert told["people"]["rows"] == 50 and told["synthetic"]["rows"] == 60


def test_rows_of_one_label_have_no_difficulty(plain):
    assert map_difficulty(plain.filter(label="cat"), [], ["text"], NAMES, 0) is None
    assert map_difficulty(plain[:0], [], ["text"], NAMES, 0) is None


def test_test_figures_are_split_by_the_held_out_rows_own_difficulty():
    texts, labels = write(90, 8)
    labels[::10] = 1 - labels[::10]
    kinds = sort_held_out(Sample(texts, labels), 2, 0)
    shares = np.full((90, 2), 0.1)
    shares[np.arange(90), np.where(kinds == "hard", 1 - labels, labels)] = 0.9
    found = split_by_difficulty(kinds, {"synthetic": Trial(labels, shares)}, 0)
    assert {kind: one["synthetic"]["accuracy"] for kind, one in found.items()} == {"easy": 1, "ambiguous": 1, "hard": 0}
    assert sum(one["rows"] for one in found.values()) == 90
    assert sort_held_out(Sample(texts[:20], labels[:20]), 2, 0) is None
