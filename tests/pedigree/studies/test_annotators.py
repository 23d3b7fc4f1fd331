"""Subjectivity and accuracy by the agreement of annotators, where held-out rows tell it."""

import numpy as np
import pytest

from pedigree.studies.annotators import find_subjectivity, sweep_tasks
from pedigree.studies.settings import REAL, TEMPLATE
from tests.support.make_study import STUDY, make_people, make_study

AGREEMENT = [1.0, 1.0, 0.5, None] * 10  # of 40 held-out rows


def predict(right):
    """Return a trial that is right on the rows that ``right`` tells."""
    true = make_people()["true"]
    return {"predicted": [label if right(place) else 1 - label for place, label in enumerate(true)]}


@pytest.fixture(scope="module")
def swept():
    people = {("pets", 0): make_people() | {"agreement": AGREEMENT}, ("dogs", 0): make_people()}
    everywhere, where_agreed = predict(lambda place: place % 10), predict(lambda place: place % 4 < 2)
    groups = {("pets", REAL): [(0, everywhere)], ("pets", "few-shot"): [(0, where_agreed), (7, where_agreed)]}
    return sweep_tasks(groups | {("dogs", REAL): [(0, everywhere)]}, people)


def test_accuracy_is_taken_on_rows_of_at_least_each_agreement(swept):
    [one] = swept  # nobody told how far the annotators of dogs agreed
    assert one["task"] == "pets" and [level["agreement"] for level in one["levels"]] == [0.5, 1.0]
    assert [level["rows"] for level in one["levels"]] == [30, 20]
    few = [level["accuracy"]["few-shot"] for level in one["levels"]]
    assert few == pytest.approx([2 / 3, 1])
    known = [place for place in range(40) if place % 4 < 3]
    assert one["levels"][0]["accuracy"][REAL] == pytest.approx(np.mean([place % 10 > 0 for place in known]))


def test_the_rise_is_compared_with_that_of_real_rows(swept):
    rises = {line["system"]: line for line in swept[0]["rises"]}
    assert "more" not in rises[REAL] and rises["few-shot"]["rise"] == pytest.approx(1 / 3)
    assert rises["few-shot"]["more"] == pytest.approx(1 / 3 - rises[REAL]["rise"])
    low, high = rises["few-shot"]["more_interval"]
    assert 0 < low < rises["few-shot"]["more"] < high


def test_a_task_without_agreement_or_with_one_level_alone_is_left_out():
    groups = {("pets", TEMPLATE): [(0, predict(bool))]}
    for agreement in ([None] * 40, [0.8] * 40):
        assert sweep_tasks(groups, {("pets", 0): make_people() | {"agreement": agreement}}) == []


def test_subjectivity_can_be_measured_by_the_held_out_rows(tmp_path):
    given, measured = "{value: 1, source: a guess}", "agreement"
    text = STUDY.replace(given, measured)
    for number in (2, 3, 4):
        text = text.replace(given.replace("1", str(number)), measured)
    _, file = make_study(tmp_path / "w", text)
    people = {("pets", 0): make_people() | {"agreement": AGREEMENT}, ("dogs", 0): make_people()}
    [(task, found)] = find_subjectivity(file.study, people).items()
    assert task == "pets" and found.value == pytest.approx(1 - (20 * 1 + 10 * 0.5) / 30, abs=1e-6)
    assert "also depends on how many labels and annotators" in found.source
