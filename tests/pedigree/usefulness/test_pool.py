"""A pool's training_sets: whole, drawn, and drawn anew."""

import numpy as np
import pytest

from pedigree.usefulness.pool import Pool, Sample, TrainingMix


def sample(name, *counts):
    label_ids = np.repeat(np.arange(len(counts)), counts)
    return Sample([f"{name} {row}" for row in range(len(label_ids))], label_ids)


@pytest.fixture
def pool():
    return Pool(sample("synthetic", 40, 40, 16), sample("real", 2, 14, 8), sample("test", 5, 5, 5), 3, seed=4)


def test_rows_are_numbered_through(pool):
    assert [pool.texts[row] for row in (0, 95, 96, 119, 120)] == [
        "synthetic 0", "synthetic 95", "real 0", "real 23", "test 0",
    ]  # fmt: skip
    assert pool.test_rows.tolist() == list(range(120, 135))


def test_a_side_taken_whole_is_the_side_in_its_order(pool):
    assert pool.draw(TrainingMix(96, 24)).rows.tolist() == list(range(120))
    assert pool.draw(TrainingMix(0, 24)).rows.tolist() == list(range(96, 120))


def test_a_real_row_weighs_what_the_teacher_says(pool):
    training_set = pool.draw(TrainingMix(96, 24, 4.0))
    assert training_set.weights[:96].tolist() == [1] * 96
    assert training_set.weights[96:].sum() == training_set.weights[:96].sum()


@pytest.mark.parametrize("rows", [12, 24, 48])
def test_drawn_rows_have_the_sides_own_shares_of_the_labels(pool, rows):
    training_set = pool.draw(TrainingMix(rows, 0))
    assert len(set(training_set.rows.tolist())) == rows
    assert (np.abs(np.bincount(training_set.label_ids) - rows * np.array([40, 40, 16]) / 96) <= 1).all()


def test_no_label_is_without_a_row_while_there_is_room(pool):
    assert set(pool.draw(TrainingMix(0, 3)).label_ids.tolist()) == {0, 1, 2}


def test_of_one_draw_a_smaller_part_is_within_a_larger_and_another_draw_is_another(pool):
    few, more, others = (
        set(pool.draw(TrainingMix(n, 0), time).rows.tolist()) for n, time in ((24, 1), (48, 1), (24, 2))
    )
    assert few < more
    assert few != others


def test_a_repeat_has_as_many_rows_of_each_side_some_twice(pool):
    training_set = pool.resample(TrainingMix(96, 24, 4.0), 1)
    assert np.count_nonzero(training_set.rows < 96) == 96 and len(training_set.rows) == 120
    assert len(set(training_set.rows.tolist())) < 100
    assert set(training_set.weights[96:].tolist()) == {4.0}
    assert (training_set.rows == pool.resample(TrainingMix(96, 24, 4.0), 1).rows).all()


def test_a_repeat_of_one_label_is_none():
    assert Pool(sample("s", 9), sample("r"), sample("t", 2), 2, 0).resample(TrainingMix(9, 0), 1) is None
