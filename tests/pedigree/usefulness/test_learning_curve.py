"""Learning curves over rows of both sides, drawn with a student that counts."""

import numpy as np

from pedigree.usefulness.learning_curve import DRAWS, draw_curve
from pedigree.usefulness.pool import Pool, Sample, TrainingMix
from pedigree.usefulness.trials import try_teacher


class Counter:
    """A student that reads a row right where it was taught enough rows; it notes what it was taught."""

    def __init__(self, places, enough):
        self.places, self.enough, self.lessons = places, enough, []

    def __call__(self, lesson, asked, labels, *, roughly=False):
        self.lessons.append((len(lesson.rows), roughly))
        right = np.arange(len(asked)) < len(asked) * min(1, len(lesson.rows) / self.enough)
        return np.eye(labels)[np.where(right, self.places[asked], 0)]


def make(synthetic, real, tests=40):
    counted = [Sample(["x"] * rows, np.arange(rows) % 2) for rows in (synthetic, real, tests)]
    pool = Pool(*counted, 2, 0)
    return pool, Counter(pool.places, synthetic + real)


def test_the_grid_is_of_quarters_halves_and_all_of_each_side():
    pool, student = make(80, 40)
    curve = draw_curve(student, pool, {})
    sizes = [(few, more) for more in (0, 10, 20, 40) for few in (0, 20, 40, 80) if few + more]
    assert [(point["synthetic"], point["real"]) for point in curve.points] == sizes
    assert all(len(point["macro_f1_draws"]) == DRAWS for point in curve.points)
    ordered = sorted(curve.points, key=lambda point: point["synthetic"] + point["real"])
    assert [point["macro_f1"] for point in ordered] == sorted(point["macro_f1"] for point in ordered)


def test_what_is_known_is_not_tried_again_and_halves_are_no_drafts():
    pool, student = make(80, 40)
    whole = TrainingMix(80, 40)
    trial = try_teacher(student, pool, whole)
    student.lessons.clear()
    curve = draw_curve(student, pool, {whole: trial})
    assert 120 not in [rows for rows, _ in student.lessons]
    assert {rows for rows, roughly in student.lessons if not roughly} == {80, 100}
    assert curve.whole is trial
    assert {side: len(trials) for side, trials in curve.halves.items()} == {"synthetic": DRAWS, "real": DRAWS}


def test_without_real_rows_the_curve_is_of_synthetic_ones():
    pool, student = make(80, 0)
    curve = draw_curve(student, pool, {})
    assert [(point["synthetic"], point["real"]) for point in curve.points] == [(20, 0), (40, 0), (80, 0)]
    assert curve.halves["real"] == []


def test_one_row_has_no_half():
    curve = draw_curve(*reversed(make(1, 40)), {})
    assert curve.halves["synthetic"] == [] and len(curve.halves["real"]) == DRAWS


def test_so_few_rows_that_a_part_of_them_has_one_label_leave_a_hole():
    pool, student = make(2, 0)
    curve = draw_curve(student, pool, {})
    assert [(point["synthetic"], point["macro_f1"] is None) for point in curve.points] == [(1, True), (2, False)]
    assert draw_curve(*reversed(make(0, 0)), {}).points == []
