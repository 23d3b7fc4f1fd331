"""Usefulness as people read it."""

import numpy as np
import pytest

from pedigree.usefulness.pool import Sample
from pedigree.usefulness.summary import DIFFERENCES as TITLES
from pedigree.usefulness.summary import interpret_interval, list_differences, list_label_gains, list_trials
from pedigree.usefulness.tstr import DIFFERENCES, measure_usefulness

LABELS = ["cat", "dog", "fish"]


def sample(rows, wrong=0):
    label_ids = np.arange(rows) % 3
    said = [LABELS[(place + (row < wrong)) % 3] for row, place in enumerate(label_ids)]
    return Sample([f"a {label} of {row}" for row, label in enumerate(said)], label_ids)


def measure(synthetic, real):
    return measure_usefulness(sample(synthetic), sample(real, wrong=real // 3), sample(30), LABELS, repeats=1, seed=0)


def name(block):
    return [(line.trained_on, line.synthetic, line.real) for line in list_trials(block)]


def test_each_student_that_learned_from_other_rows_has_its_line():
    assert name(measure(60, 24)) == [
        ("synthetic rows", 60, 0),
        ("synthetic rows, recalibrated", 60, 0),
        ("synthetic, same size", 24, 0),
        ("real rows", 0, 24),
        ("both", 60, 24),
        ("both, real up-weighted", 60, 24),
    ]
    assert name(measure(24, 60)) == [
        ("synthetic rows", 24, 0),
        ("synthetic rows, recalibrated", 24, 0),
        ("real, same size", 0, 24),
        ("real rows", 0, 60),
        ("both", 24, 60),
    ]
    assert name(measure(24, 0)) == [("synthetic rows", 24, 0)]


def test_a_difference_has_what_may_be_said_of_it():
    assert [interpret_interval(*pair) for pair in ((0.1, 0.2), (-0.2, -0.1), (-0.1, 0.1), (0, 0))] == [
        "better", "worse", "not significant", "not significant",
    ]  # fmt: skip
    block = measure(60, 24)
    lines = list_differences(block)
    assert [title for title, *_ in lines] == list(TITLES.values())
    assert lines[0][1:3] == (
        block["differences"]["both_minus_real"]["macro_f1"],
        tuple(block["differences"]["both_minus_real"]["macro_f1_interval"]),
    )
    assert all(reading == interpret_interval(*pair) for _, _, pair, reading in lines)


@pytest.mark.parametrize(("synthetic", "real", "lines"), [(24, 60, 4), (24, 24, 3), (24, 0, 0)])
def test_what_says_the_same_is_said_once(synthetic, real, lines):
    assert len(list_differences(measure(synthetic, real))) == lines


def test_every_difference_that_is_measured_has_a_title():
    assert list(TITLES) == list(DIFFERENCES)


def test_labels_stand_by_their_gain_the_largest_first():
    block = measure(60, 24)
    lines = list_label_gains(block)
    assert [line["gain"] for line in lines] == sorted((line["gain"] for line in lines), reverse=True)
    assert {line["label"]: line["gain"] for line in lines} == {label: block["gains"][label]["f1"] for label in LABELS}
    assert list_label_gains(measure(24, 0)) == []


def test_a_trial_that_reads_every_row_rightly_has_wilsons_interval():
    block = measure_usefulness(sample(60), sample(24), sample(30), LABELS, repeats=1, seed=0)
    first = list_trials(block)[0].figures
    assert block["synthetic"]["macro_f1_interval"] == [1.0, 1.0] and first["macro_f1"] == 1
    assert first["macro_f1_interval"] == pytest.approx([0.8865, 1.0], abs=1e-4)  # Wilson's of 30 of 30
