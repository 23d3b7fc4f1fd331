"""Coverage: the greedy choice is that of a brute-force search, in any size of block, and takes what is different."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from pedigree.curation import coverage
from pedigree.curation.coverage import choose_by_coverage


def make_vectors(rows, dimensions=6, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(rows, dimensions))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def choose_slowly(vectors, wanted, first=()):
    """Add, again and again, the row with the largest coverage of the whole set."""
    near = np.clip(vectors @ vectors.T, 0, 1).round(6).astype(np.float32).astype(np.float64)
    chosen = list(first)
    while len(chosen) < wanted:
        left = [row for row in range(len(near)) if row not in chosen]
        worth = [round(near[:, [*chosen, row]].max(axis=1).sum(), 5) for row in left]
        chosen.append(left[int(np.argmax(worth))])
    return chosen


def cover(vectors, chosen):
    return np.clip(vectors @ vectors[chosen].T, 0, 1).max(axis=1).sum()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("first", [(), (7, 3, 11)])
def test_the_choice_is_that_of_a_brute_force_search(seed, first):
    vectors = make_vectors(40, seed=seed)
    expected = choose_slowly(vectors, 12, first)
    assert choose_by_coverage(vectors, 12, first) == expected
    assert choose_by_coverage(csr_matrix(vectors), 12, first) == expected


def test_of_many_near_equal_rows_and_few_different_ones_the_different_ones_are_taken():
    same = np.tile(np.eye(8)[0], (90, 1)) + np.random.default_rng(0).normal(scale=0.01, size=(90, 8))
    vectors = np.concatenate([same, np.eye(8)[1:]])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    chosen = choose_by_coverage(vectors, 8)
    assert {*range(90, 97)} < {*chosen} and sum(row < 90 for row in chosen) == 1


def test_of_equal_rows_the_lower_numbers_are_taken():
    assert choose_by_coverage(np.ones((6, 1)), 3) == [0, 1, 2]


def test_rows_without_a_term_are_chosen_last():
    assert choose_by_coverage(csr_matrix(np.array([[0.0, 0.0], [1, 0], [0, 1]])), 3) == [1, 2, 0]


@pytest.mark.parametrize("wanted", [0, 1, 17, 60, 99])
def test_blocks_give_as_many_rows_as_wanted_and_know_what_earlier_blocks_took(wanted, monkeypatch):
    vectors = make_vectors(60, dimensions=20)
    monkeypatch.setattr(coverage, "BLOCK", 16)
    chosen = choose_by_coverage(vectors, wanted, first=[5])
    assert len({*chosen}) == len(chosen) == min(max(wanted, 1), 60) and chosen[0] == 5
    twice = np.concatenate([vectors[:16], vectors[:16]])
    assert len({row % 16 for row in choose_by_coverage(twice, 10)}) == 10


def test_blocks_cover_nearly_as_much_as_one_block(monkeypatch):
    vectors = make_vectors(400, dimensions=8)
    whole = cover(vectors, choose_by_coverage(vectors, 80))
    monkeypatch.setattr(coverage, "BLOCK", 100)
    blocks = cover(vectors, choose_by_coverage(vectors, 80))
    chance = cover(vectors, list(range(80)))
    assert whole > blocks > whole - (whole - chance) / 3
