"""Usefulness: students of synthetic rows, of real rows and of both, on rows that people wrote."""

import numpy as np
import pytest

from pedigree.usefulness import tstr
from pedigree.usefulness.pool import Sample, TrainingMix
from pedigree.usefulness.setup_trials import recalibrate_trials
from pedigree.usefulness.trials import MIXES, plan_mixes, run_trial
from pedigree.usefulness.tstr import compare_trials, make_pool, measure_usefulness, run_trials

LABELS = ["cat", "dog", "fish"]
WORDS = {"cat": "purrs meows whiskers", "dog": "barks fetches wags", "fish": "swims bubbles gills"}
NOBODY = Sample([], np.array([], dtype=int))


def sample(rows, *, wrong=()):
    labels = [LABELS[row % 3] for row in range(rows)]
    texts = [f"it {WORDS[label].split()[row % 2]} {WORDS[label].split()[2]} {row}" for row, label in enumerate(labels)]
    return Sample(texts, np.array([(row + (row in wrong)) % 3 for row in range(rows)], dtype=int))


def measure(synthetic, real, repeats=2, held_out=None, **options):
    test = held_out or sample(30)
    return measure_usefulness(synthetic, real, test, LABELS, repeats=repeats, seed=0, **options)


@pytest.fixture(scope="module")
def found():
    return measure(sample(60), sample(24, wrong=range(0, 24, 2)), repeats=4)


def test_good_rows_teach_and_wrong_labels_harm_and_the_differences_say_so(found):
    assert found["test_rows"] == 30
    assert found["synthetic"]["macro_f1"] == found["synthetic"]["accuracy"] == found["synthetic"]["auc"] == 1
    assert found["synthetic"]["confusion"] == [[10, 0, 0], [0, 10, 0], [0, 0, 10]]
    assert found["real"]["macro_f1"] < 0.9
    for name in ("both_minus_real", "synthetic_minus_real", "same_size_synthetic_minus_real"):
        assert found["differences"][name]["macro_f1_interval"][0] > 0
    assert found["differences"]["synthetic_minus_real"]["macro_f1"] == 1 - found["real"]["macro_f1"]


def test_the_larger_side_is_drawn_down_to_the_smaller():
    assert plan_mixes(60, 24) == {
        "synthetic": TrainingMix(60, 0),
        "synthetic_same_size": TrainingMix(24, 0),
        "real_same_size": TrainingMix(0, 24),
        "real": TrainingMix(0, 24),
        "both": TrainingMix(60, 24),
        "both_real_upweighted": TrainingMix(60, 24, 2.5),
    }
    assert plan_mixes(10, 40)["both_real_upweighted"].real_weight == 1
    assert (plan_mixes(10, 40)["synthetic_same_size"], plan_mixes(10, 40)["real_same_size"]) == (
        TrainingMix(10, 0),
        TrainingMix(0, 10),
    )
    assert list(plan_mixes(60, 0)) == ["synthetic"]


def test_the_same_rows_are_one_student_with_the_same_figures(found):
    assert found["real"] == found["real_same_size"]
    assert found["synthetic_same_size"]["train_rows"] == 24
    assert found["both_real_upweighted"]["real_weight"] == 2.5


def test_repeats_are_students_of_other_draws_and_all_is_a_function_of_the_seed(found):
    assert len(found["real"]["macro_f1_repeats"]) == 4
    assert found["real"]["macro_f1_mean"] == pytest.approx(np.mean(found["real"]["macro_f1_repeats"]))
    assert found["real"]["macro_f1_std"] == pytest.approx(np.std(found["real"]["macro_f1_repeats"]))
    assert found == measure(sample(60), sample(24, wrong=range(0, 24, 2)), repeats=4)
    again = measure(sample(14, wrong=(1, 2, 5, 8, 9)), sample(9), repeats=6)["synthetic"]
    assert len(set(again["macro_f1_repeats"])) > 1


def test_gains_are_by_label_and_add_up_to_the_difference(found):
    gains = found["gains"]
    assert list(gains) == LABELS
    assert np.mean([gain["f1"] for gain in gains.values()]) == pytest.approx(
        found["differences"]["both_minus_real"]["macro_f1"]
    )
    for label, gain in gains.items():
        assert gain["test_rows"] == 10
        assert gain["f1"] == found["both"]["f1"][label] - found["real"]["f1"][label]
        assert gain["f1_interval"][0] <= gain["f1"] <= gain["f1_interval"][1]


def test_decisions_are_recalibrated_only_for_students_that_saw_no_real_row(found):
    assert [name for name in MIXES if found[name]["recalibrated"]] == ["synthetic", "synthetic_same_size"]
    assert found["synthetic"]["recalibrated"]["real_rows"] == 24
    assert set(found["synthetic"]["recalibrated"]["biases"]) == set(LABELS)
    assert found["differences"]["recalibrated_minus_synthetic"]["macro_f1"] == (
        found["synthetic"]["recalibrated"]["macro_f1"] - found["synthetic"]["macro_f1"]
    )


def test_a_label_without_test_rows_has_no_figures_and_no_part_in_the_mean():
    rows = sample(30)
    test = Sample(
        [text for text, place in zip(rows.texts, rows.label_ids, strict=True) if place],
        rows.label_ids[rows.label_ids > 0],
    )
    found = measure(sample(60), sample(24), held_out=test)
    assert found["synthetic"]["f1"]["cat"] is None
    assert found["gains"]["cat"] == {"test_rows": 0, "f1": None, "f1_interval": None}
    assert found["synthetic"]["macro_f1"] == 1


def test_without_real_rows_there_is_nothing_to_compare_with():
    found = measure(sample(12), NOBODY)
    assert [name for name in MIXES if found[name]] == ["synthetic"]
    assert found["synthetic"]["recalibrated"] is None
    assert set(found["differences"].values()) == {None}
    assert found["gains"] is None
    assert found["advice"]["real"] is None
    assert [point["synthetic"] for point in found["curve"]] == [1, 2, 3, 6, 12]


def test_who_has_fewer_than_two_labels_to_learn_is_not_measured():
    cats = Sample(["it purrs", "it meows"], np.array([0, 0]))
    found = measure(cats, sample(12))
    assert found["synthetic"] is None
    assert found["both"]["train_rows"] == 14
    assert found["differences"]["synthetic_minus_real"] is None
    nothing = measure(cats, cats)
    assert [nothing[name] for name in MIXES] == [None] * 6
    assert nothing["advice"] is None
    assert {point["macro_f1"] for point in nothing["curve"]} == {None}


@pytest.mark.parametrize(("synthetic", "real"), [(2, 2), (2, 40), (3, 1), (0, 12), (0, 0)])
def test_the_fewest_rows_are_no_error(synthetic, real):
    found = measure(sample(synthetic), sample(real))
    assert (found["both"] is None) == (not (synthetic and real))
    for point in found["curve"]:
        assert point["macro_f1"] is None or 0 <= point["macro_f1"] <= 1


def test_one_test_row_and_duplicates_are_no_error():
    twice = Sample(["it purrs", "it barks"] * 20, np.array([0, 1] * 20))
    found = measure(twice, twice, held_out=Sample(["it purrs"], np.array([0])))
    assert found["synthetic"]["macro_f1"] == 1
    assert found["synthetic"]["auc"] is None


def test_more_rows_than_a_laptop_learns_from_are_sampled(monkeypatch):
    monkeypatch.setattr(tstr, "MAX_TRAINING_ROWS", 30)
    found = measure(sample(90), sample(9))
    assert found["synthetic"]["train_rows"] == 30
    assert found["advice"]["synthetic"]["rows"] == 50


def test_rows_that_are_no_evidence_lead_to_no_advice():
    assert measure(sample(60), sample(24), evidence=False)["advice"]["verdict"] == "demonstration"


def test_any_student_may_be_asked_and_numbers_rows_as_the_texts_it_was_made_of():
    made = []

    def make_classifier(texts):
        made.append(list(texts))
        kinds = [next(place for place, label in enumerate(LABELS) if WORDS[label].split()[2] in text) for text in texts]
        return lambda training_set, query_rows, labels, *, approximate=False: np.eye(labels)[
            [kinds[row] for row in query_rows]
        ]

    synthetic, real = sample(12), sample(6)
    found = measure(synthetic, real, make_classifier=make_classifier)
    assert made == [[*synthetic.texts, *real.texts, *sample(30).texts]]
    assert {found[name]["macro_f1"] for name in MIXES} == {1}


def test_two_trials_on_the_same_test_rows_are_compared_in_pairs():
    pool = make_pool(sample(60), sample(24, wrong=range(0, 24, 2)), sample(30), 3, seed=0)
    student = tstr.TfidfClassifier(pool.texts)
    one, other = (run_trial(student, pool, mix) for mix in (TrainingMix(60, 0), TrainingMix(0, 24)))
    assert (
        compare_trials(one, other, seed=0)
        == measure(sample(60), sample(24, wrong=range(0, 24, 2)))["differences"]["synthetic_minus_real"]
    )
    assert compare_trials(one, one, seed=0) == {"macro_f1": 0, "macro_f1_interval": [0, 0]}
    mixes = plan_mixes(60, 24)
    recalibrated = recalibrate_trials(pool, run_trials(student, pool, mixes))
    assert set(recalibrated) == {"synthetic", "synthetic_same_size"}
