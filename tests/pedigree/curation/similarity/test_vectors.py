"""Exact search among vectors: as all pairs in plain loops decide, whatever the blocks, batches and threads are."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from pedigree.curation.similarity import vectors as module
from pedigree.curation.similarity.vectors import (
    LENGTH,
    VectorIndex,
    VectorSearch,
    round_vectors,
    to_cosine,
)


def make_units(rows, dimensions, seed=0, near=0.5):
    """Return unit vectors; a share of them are slight changes of earlier ones, some are equal to one."""
    chance = np.random.default_rng(seed)
    made = []
    for row in range(rows):
        fresh = chance.normal(size=dimensions)
        if made and chance.random() < near:
            fresh = made[chance.integers(row)] + chance.choice([0, 0.1, 0.3, 0.6]) * fresh / np.sqrt(dimensions)
        made.append(fresh / np.linalg.norm(fresh))
    return np.array(made)


def scale_of(dimensions):
    return module._scale(dimensions)


def decide_by_loops(fields, threshold):
    """Return for each row its rival and their cosine, by comparing all pairs of Python numbers."""
    whole = [[[int(number) for number in row] for row in field] for field in fields]
    kept, verdicts = [], []
    for row in range(len(whole[0])):
        best = None
        for other in kept:
            dot = min(sum(a * b for a, b in zip(field[row], field[other], strict=True)) for field in whole)
            cosine = min(1.0, round(dot / scale_of(len(whole[0][0])) ** 2, 3))
            if cosine >= threshold and (best is None or dot > best[0]):
                best = (dot, other, cosine)
        if best is None:
            kept.append(row)
        verdicts.append(best and (f"r{best[1]}", best[2]))
    return verdicts


def decide(fields, threshold, batch):
    index, verdicts = VectorIndex(threshold), []
    for start in range(0, len(fields[0]), batch):
        search = VectorSearch(index, [field[start : start + batch] for field in fields])
        for row in range(len(fields[0][start : start + batch])):
            match = search.find(row)
            if match is None:
                search.keep(row, f"r{start + row}")
            verdicts.append(match and (match.id, match.similarity))
    return verdicts


@pytest.mark.parametrize(("dimensions", "fields", "threshold"), [(5, 1, 0.9), (32, 1, 0.8), (32, 2, 0.7), (3, 1, 1.0)])
def test_decisions_are_those_of_all_pairs(dimensions, fields, threshold, monkeypatch):
    columns = [round_vectors(make_units(120, dimensions, seed, 0.7)) for seed in range(fields)]
    if fields == 2:
        columns[1] = np.concatenate((columns[0][:60], columns[1][60:]))
    expected = decide_by_loops(columns, threshold)
    assert 5 < sum(one is not None for one in expected) < 115
    for queries, columns_at_once in ((1024, 8192), (16, 5), (1, 1)):
        monkeypatch.setattr(module, "QUERIES", queries)
        monkeypatch.setattr(module, "COLUMNS", columns_at_once)
        for batch in (7, 50, 20_000):
            assert decide(columns, threshold, batch) == expected


def test_dot_products_are_whole_numbers_that_no_order_of_summation_changes():
    rows = round_vectors(make_units(400, 384))
    exact = rows.astype(np.int64) @ rows.astype(np.int64).T
    assert exact.max() <= LENGTH**2 == 2**24
    for threads in (1, 2):
        with threadpool_limits(threads):
            assert np.array_equal(rows @ rows.T, exact)
    turned = np.ascontiguousarray(rows[:, ::-1])
    assert np.array_equal(turned @ turned.T, exact)


@pytest.mark.parametrize("dimensions", [1, 2, 256, 384, 1024])
def test_a_cosine_is_near_the_true_one_and_1_for_equal_vectors(dimensions):
    units = make_units(60, dimensions)
    rows = round_vectors(units)
    for one in range(0, 60, 7):
        assert to_cosine(rows[one] @ rows[one], dimensions) == 1
        for other in range(60):
            assert abs(to_cosine(rows[one] @ rows[other], dimensions) - units[one] @ units[other]) < 0.0015


def test_at_a_tie_the_row_that_was_added_first_is_named():
    same = round_vectors(np.array([[1.0, 0], [1, 0], [0, 1], [1, 0]]))
    index = VectorIndex(0.9)
    index.add(["first", "second"], [same[:2]])
    search = VectorSearch(index, [same])
    assert search.find(0).id == "first"
    assert search.find(2) is None
    search.keep(2, "third")
    assert [search.find(3).id, index.ids] == ["first", ["first", "second", "third"]]


def test_an_empty_index_finds_nothing_and_a_threshold_is_reached_exactly():
    index = VectorIndex(0.8)
    places, dots = index.find_nearest([round_vectors(np.array([[1.0, 0]]))])
    assert (places.tolist(), dots.tolist()) == ([-1], [0])
    index.add(["one"], [round_vectors(np.array([[1.0, 0]]))])
    near, far = np.array([[0.8, 0.6]]), np.array([[0.798, np.sqrt(1 - 0.798**2)]])
    found = [VectorSearch(index, [round_vectors(one)]).find(0) for one in (near, far)]
    assert (found[0].similarity, found[1]) == (0.8, None)
