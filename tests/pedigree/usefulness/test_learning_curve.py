"""Learning curves over rows of both sides, drawn with a student that counts."""

import numpy as np

from pedigree.usefulness.learning_curve import REPEATS, measure_learning_curve
from pedigree.usefulness.pool import Pool, Sample, TrainingMix
from pedigree.usefulness.trials import run_trial


class Counter:
    """A student that reads a row right where it was taught enough rows; it notes what it was taught."""

    def __init__(self, label_ids, enough):
        self.label_ids, self.enough, self.training_sets = label_ids, enough, []

    def __call__(self, training_set, query_rows, labels, *, approximate=False):
        self.training_sets.append((len(training_set.rows), approximate))
        right = np.arange(len(query_rows)) < len(query_rows) * min(1, len(training_set.rows) / self.enough)
        return np.eye(labels)[np.where(right, self.label_ids[query_rows], 0)]


def make(synthetic, real, tests=40):
    counted = [Sample(["x"] * rows, np.arange(rows) % 2) for rows in (synthetic, real, tests)]
    pool = Pool(*counted, 2, 0)
    return pool, Counter(pool.label_ids, synthetic + real)


def test_the_grid_is_of_quarters_halves_and_all_of_each_side():
    pool, student = make(80, 40)
    curve = measure_learning_curve(student, pool, {})
    sizes = [(few, more) for more in (0, 10, 20, 40) for few in (0, 20, 40, 80) if few + more]
    assert [(point["synthetic"], point["real"]) for point in curve.points] == sizes
    assert all(len(point["macro_f1_draws"]) == REPEATS for point in curve.points)
    ordered = sorted(curve.points, key=lambda point: point["synthetic"] + point["real"])
    assert [point["macro_f1"] for point in ordered] == sorted(point["macro_f1"] for point in ordered)


def test_what_is_known_is_not_tried_again_and_halves_are_no_drafts():
    pool, student = make(80, 40)
    whole = TrainingMix(80, 40)
    trial = run_trial(student, pool, whole)
    student.training_sets.clear()
    curve = measure_learning_curve(student, pool, {whole: trial})
    assert 120 not in [rows for rows, _ in student.training_sets]
    assert {rows for rows, approximate in student.training_sets if not approximate} == {80, 100}
    assert curve.whole is trial
    assert {side: len(trials) for side, trials in curve.halves.items()} == {"synthetic": REPEATS, "real": REPEATS}


def test_without_real_rows_the_curve_is_of_synthetic_ones():
    pool, student = make(80, 0)
    curve = measure_learning_curve(student, pool, {})
    assert [(point["synthetic"], point["real"]) for point in curve.points] == [(20, 0), (40, 0), (80, 0)]
    assert curve.halves["real"] == []


def test_one_row_has_no_half():
    curve = measure_learning_curve(*reversed(make(1, 40)), {})
    assert curve.halves["synthetic"] == [] and len(curve.halves["real"]) == REPEATS


def test_so_few_rows_that_a_part_of_them_has_one_label_leave_a_hole():
    pool, student = make(2, 0)
    curve = measure_learning_curve(student, pool, {})
    assert [(point["synthetic"], point["macro_f1"] is None) for point in curve.points] == [(1, True), (2, False)]
    assert measure_learning_curve(*reversed(make(0, 0)), {}).points == []
