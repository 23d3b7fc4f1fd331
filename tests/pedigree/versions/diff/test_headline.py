"""Whether a version is better than another: by intervals, by counts, and not at all where figures can't be compared."""

import math

import pytest

from pedigree.versions.diff.headline import COST, LABELS, MEASURES, Reading, compare_headlines, judge, read_figure

F1 = next(one for one in MEASURES if one.key == "usefulness.synthetic.macro_f1")
BLEU = next(one for one in MEASURES if one.key == "diversity.self_bleu")
KEPT = next(one for one in MEASURES if one.key == "counts.yield")


def read_f1(value, half=0.05, tests=256, rows=100):
    return Reading(value, (value - half, value + half), tests, rows)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (0.50, 0.58, "better"),
        (0.58, 0.50, "worse"),
        (0.50, 0.57, "within noise"),
        (0.57, 0.50, "within noise"),
        (0.5, 0.5, "equal"),
    ],
)
def test_a_difference_is_noise_where_its_interval_holds_0(before, after, verdict):
    found = judge(F1, read_f1(before), read_f1(after))
    assert found.verdict == verdict and found.note is None
    half = math.hypot(0.05, 0.05)  # 0.0707
    assert found.difference == pytest.approx((after - before - half, after - before + half), abs=1e-6)


def test_an_interval_that_is_not_symmetric_counts_on_its_own_side():
    before, after = Reading(0.5, (0.4, 0.51), 9, 9), Reading(0.6, (0.58, 0.9), 9, 9)
    found = judge(F1, before, after)
    assert found.difference == pytest.approx((0.1 - math.hypot(0.02, 0.01), 0.1 + math.hypot(0.3, 0.1)), abs=1e-6)
    assert found.verdict == "better"


def test_figures_of_other_numbers_of_rows_are_not_compared_and_say_so():
    found = judge(BLEU, Reading(0.5, size=500), Reading(0.4, size=250))
    assert (found.verdict, found.note) == ("not comparable", "measured on 250 rows, before on 500")
    found = judge(F1, read_f1(0.5, tests=256), read_f1(0.9, tests=128))
    assert (found.verdict, found.note) == ("not comparable", "measured on 128 rows, before on 256")


def test_a_classifier_that_learned_other_numbers_of_rows_is_told():
    found = judge(F1, read_f1(0.5, rows=100), read_f1(0.9, rows=2000))
    assert (found.verdict, found.note) == ("better", "it learned 2,000 rows, before 100")


def test_without_an_interval_it_only_seems_so_and_a_count_is_exact():
    found = judge(BLEU, Reading(0.5, size=500), Reading(0.4, size=500))
    assert (found.verdict, found.note) == ("seems better", "no interval tells whether this is noise")
    assert judge(BLEU, Reading(0.4, size=500), Reading(0.5, size=500)).verdict == "seems worse"
    least = judge(BLEU, Reading(0.4, size=500), Reading(0.40004, size=500))
    assert (least.verdict, least.note) == ("equal", "the difference is less than 0.00005")
    assert judge(KEPT, Reading(0.9), Reading(0.8)).verdict == "worse"


def test_what_one_side_lacks_is_unknown():
    assert judge(KEPT, Reading(), Reading(0.8)).verdict == "unknown"
    assert judge(KEPT, Reading(0.8), Reading()).note == "only the earlier version has it"


def check(by, share, name=""):
    return {"by": by, "name": name, "rows": 96, "right": {"share": share, "low": share - 0.02, "high": share + 0.02}}


def test_labels_are_compared_where_the_same_one_checked_them():
    sides = [({}, {"gates": {"labels": [check(by, share, name)]}}) for by, share, name in
             (("judge", 0.8, "a"), ("judge", 0.9, "a"), ("judge", 0.9, "b"), ("people", 0.9, "Ann"))]  # fmt: skip
    verdicts = [compare_headlines(sides[0], side)[0] for side in sides]
    assert [one.verdict for one in verdicts] == ["equal", "better", "not comparable", "not comparable"]
    assert verdicts[3].note == "checked by people Ann, before by judge a" and verdicts[1].key == LABELS


def test_cost_is_told_for_a_thousand_rows_and_an_unknown_one_is_not_0():
    measure = next(one for one in MEASURES if one.key == COST)
    metrics = {"spending": {"cost_usd": 0.5}, "counts": {"rows": 250}}
    assert read_figure(measure, metrics, {}).value == 2
    assert read_figure(measure, metrics | {"spending": {"cost_usd": None}}, {}).value is None
    assert read_figure(measure, metrics | {"counts": {"rows": 0}}, {}).value is None


ODD = [{}, {"usefulness": None}, {"usefulness": []}, {"usefulness": {"synthetic": None}}, {"counts": {"yield": "x"}},
       {"counts": {"yield": True}}, {"usefulness": {"synthetic": {"macro_f1": [1]}}}]  # fmt: skip


@pytest.mark.parametrize("metrics", ODD)
@pytest.mark.parametrize("manifest", [{}, {"gates": None}, {"gates": {"labels": {}}}, {"gates": {"labels": [None]}}])
def test_metrics_of_another_release_have_no_figure_and_no_error(metrics, manifest):
    assert compare_headlines((metrics, manifest), (metrics, manifest)) == []


def test_rows_of_the_offline_model_are_told_to_prove_nothing():
    metrics = {"usefulness": {"evidence": False, "test_rows": 9, "synthetic": {"macro_f1": 0.5, "train_rows": 3}}}
    found = compare_headlines((metrics, {}), ({"usefulness": metrics["usefulness"] | {"evidence": True}}, {}))
    assert found[0].verdict == "equal"
    better = {"usefulness": {**metrics["usefulness"], "synthetic": {"macro_f1": 0.6, "train_rows": 3}}}
    assert "no evidence about a real one" in compare_headlines((metrics, {}), (better, {}))[0].note
