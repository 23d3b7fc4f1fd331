"""Learning curves over rows of both sides, drawn with a student that counts."""

import numpy as np
import pytest

from pedigree.usefulness.learning_curve import (
    GROWTH_REPEATS,
    REPEATS,
    measure_learning_curve,
    plan_mixes,
    predict_growth,
)
from pedigree.usefulness.pool import REAL, SYNTHETIC, Pool, Sample, TrainingMix
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


def test_the_grid_is_of_quarters_halves_and_all_of_each_side_and_of_less_beside_all_of_the_other():
    pool, student = make(80, 48)
    points = measure_learning_curve(student, pool, {})
    grid = {(few, more) for more in (0, 12, 24, 48) for few in (0, 20, 40, 80) if few + more}
    grown = {(few, 48) for few in (5, 10, 20, 40)} | {(80, few) for few in (3, 6, 12, 24)}
    sizes = [(point["synthetic"], point["real"]) for point in points]
    assert set(sizes) == grid | grown and sizes == sorted(sizes, key=lambda size: (size[1], size[0]))
    for point, size in zip(points, sizes, strict=True):
        wanted = GROWTH_REPEATS if size in grown else 1 if size in {(80, 0), (0, 48), (80, 48)} else REPEATS
        assert len(point["macro_f1_draws"]) == wanted, size
    ordered = sorted(points, key=lambda point: point["synthetic"] + point["real"])
    assert [point["macro_f1"] for point in ordered] == sorted(point["macro_f1"] for point in ordered)


def test_what_is_known_is_not_tried_again():
    pool, student = make(80, 40)
    whole = TrainingMix(80, 40)
    trial = run_trial(student, pool, whole)
    student.training_sets.clear()
    points = measure_learning_curve(student, pool, {whole: trial})
    assert 120 not in [rows for rows, _ in student.training_sets]
    assert {approximate for _, approximate in student.training_sets} == {True}
    assert points[-1]["macro_f1_draws"] == [trial.macro_f1]


def test_no_draw_is_part_of_another():
    drawn = []

    def student(training_set, query_rows, labels, *, approximate=False):
        drawn.append(set(training_set.rows.tolist()))
        return np.eye(labels)[np.zeros(len(query_rows), dtype=int)]

    pool, _ = make(400, 0)
    measure_learning_curve(student, pool, {})
    few, many = min(drawn, key=len), max((one for one in drawn if len(one) < 400), key=len)
    assert len(few) == 25 and len(many) == 200 and few - many


def test_with_many_labels_each_point_has_half_the_draws():
    few, many = plan_mixes(800, 480, 31), plan_mixes(800, 480, 32)
    assert list(few) == list(many)
    assert {(few[mix], many[mix]) for mix in few} == {(4, 2), (2, 1), (1, 1)}


def test_without_real_rows_the_curve_is_of_synthetic_ones():
    assert [(mix.synthetic, mix.real) for mix in plan_mixes(80, 0, 2)] == [(few, 0) for few in (5, 10, 20, 40, 80)]


def test_so_few_rows_that_a_part_of_them_has_one_label_leave_a_hole():
    pool, student = make(2, 0)
    points = measure_learning_curve(student, pool, {})
    assert [(point["synthetic"], point["macro_f1"] is None) for point in points] == [(1, True), (2, False)]
    assert measure_learning_curve(*reversed(make(0, 0)), {}) == []


def tell(line):
    return [
        {"synthetic": few, "real": real, "macro_f1": sum(draws) / len(draws), "macro_f1_draws": draws}
        for few, real, *draws in line
    ]


def test_growth_is_read_off_the_points_beside_all_of_the_other_side():
    line = [(few, 40, 0.7 - 0.3 * (few / 10) ** -0.5) for few in (10, 20, 40, 80, 160)]
    noise = [(few, 20, 0.1) for few in (40, 80)] + [(160, few, 0.625) for few in (5, 10, 20)]
    alone = predict_growth(tell(line), SYNTHETIC, 160, 100)
    assert alone.gain > 0 and predict_growth(tell(line + noise), SYNTHETIC, 160, 100) == alone
    assert predict_growth(tell(line + noise), REAL, 40, 20).gain == pytest.approx(0, abs=0.005)
    assert predict_growth(tell(line), REAL, 40, 20) is None and predict_growth([], REAL, 0, 0) is None
