"""Corrected shares: equal to the published formulas, and their intervals hold the truth."""

from math import sqrt

import numpy as np
import pytest
from scipy.stats import binomtest

from pedigree.dataset.results import Estimate
from pedigree.labels.corrections import Count, pool_labels, prediction_powered, rogan_gladen, wilson

SARCASM = Count(122, 135), Count(178, 365)  # GPT-3.5 as a judge of 500 texts: sensitivity .903, specificity .487


def as_tuple(estimate):
    return estimate.share, estimate.low, estimate.high


@pytest.mark.parametrize(("right", "drawn"), [(0, 7), (7, 7), (43, 80), (1, 2), (950, 1000)])
def test_wilson_is_scipys(right, drawn):
    interval = binomtest(right, drawn).proportion_ci(method="wilson")
    assert as_tuple(wilson(right, drawn)) == pytest.approx((right / drawn, interval.low, interval.high), abs=6e-5)


def test_no_drawn_row_leaves_everything_open():
    assert as_tuple(wilson(0, 0)) == (0.5, 0, 1)


def test_a_judge_that_calls_too_many_rows_right_is_corrected_to_the_true_share():
    found = rogan_gladen(Count(309, 500), *SARCASM)
    assert found.share == pytest.approx(0.27, abs=0.005)  # the raw share is 0.618
    assert found.low <= 0.27 <= found.high


def test_the_interval_is_that_of_the_delta_method_where_rows_are_many():
    p, q1, q0, n = 0.7, 0.9, 0.8, 10**6
    found = rogan_gladen(Count(int(p * n), n), Count(int(q1 * n), n), Count(int(q0 * n), n))
    share = (p + q0 - 1) / (q0 + q1 - 1)
    variance = (p * (1 - p) + (1 - share) ** 2 * q0 * (1 - q0) + share**2 * q1 * (1 - q1)) / n / (q0 + q1 - 1) ** 2
    half = 1.959964 * sqrt(variance)
    assert as_tuple(found) == pytest.approx((share, share - half, share + half), abs=2e-4)


def test_the_interval_is_that_of_a_bootstrap():
    chance = np.random.default_rng(4)
    counts = Count(520, 800), Count(170, 200), Count(150, 200)
    p, q1, q0 = (chance.binomial(one.rows, one.share, 20_000) / one.rows for one in counts)
    low, high = np.quantile((p + q0 - 1) / (q0 + q1 - 1), [0.025, 0.975])
    found = rogan_gladen(*counts)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.012)


def test_few_perfect_verdicts_leave_the_interval_wide():
    found = rogan_gladen(Count(90, 100), Count(5, 5), Count(5, 5))
    assert found.share == 0.9 and found.low < wilson(90, 100).low


@pytest.mark.parametrize(
    "counts",
    [(Count(0, 0), Count(1, 1), Count(1, 1)), (Count(5, 9), Count(0, 0), Count(4, 4)), (Count(5, 9), Count(9, 9),
     Count(0, 9)), (Count(5, 9), Count(4, 9), Count(4, 9))],
    ids=["nothing judged", "no sensitivity", "always right", "worse than chance"],
)  # fmt: skip
def test_a_judge_of_whom_nothing_is_known_gives_no_estimate(counts):
    assert rogan_gladen(*counts) is None


def test_shares_stay_within_0_and_1():
    assert as_tuple(rogan_gladen(Count(0, 500), Count(95, 100), Count(80, 100)))[:2] == (0, 0)
    assert as_tuple(rogan_gladen(Count(500, 500), Count(80, 100), Count(95, 100)))[::2] == (1, 1)


def draw_verdicts(chance, share, rows, sensitivity=0.903, specificity=0.487):
    people = chance.random(rows) < share
    right = chance.random(rows) < np.where(people, sensitivity, 1 - specificity)
    return people, right


@pytest.mark.parametrize("share", [0.03, 0.5, 0.9, 0.99])
def test_both_corrections_hold_the_truth_in_nine_of_ten_draws(share):
    chance, held = np.random.default_rng(7), np.zeros(2)
    for _ in range(200):
        people, judged = draw_verdicts(chance, share, 1000)
        truth = people.mean()
        gold, seen = draw_verdicts(chance, 0.5, 100)
        sensitivity = Count(int((seen & gold).sum()), int(gold.sum()))
        specificity = Count(int((~seen & ~gold).sum()), int((~gold).sum()))
        by_calibration = rogan_gladen(Count(int(judged.sum()), 1000), sensitivity, specificity)
        by_review = prediction_powered(judged[60:], list(zip(people[:60], judged[:60], strict=True)))
        held += [one is None or one.low <= truth <= one.high for one in (by_calibration, by_review)]
    assert (held >= 180).all(), held


def test_prediction_powered_inference_is_that_of_its_authors():
    """The figures are those of ``ppi_mean_pointestimate`` and ``ppi_mean_ci`` of the package ppi-python 0.2.3."""
    people, judge = np.repeat([[1, 1, 0, 0], [1, 0, 1, 0]], [600, 60, 140, 200], axis=1).astype(bool)
    judged = np.repeat([True, False], [6400, 1600])
    found = prediction_powered(judged, list(zip(people, judge, strict=True)))
    assert as_tuple(found) == pytest.approx((0.69629849, 0.67096207, 0.72163491), abs=1e-3)


def test_a_useless_judge_is_left_out_and_a_good_one_narrows_the_interval():
    chance = np.random.default_rng(1)
    people = chance.random(100) < 0.8
    many = chance.random(5000) < 0.8

    def width(judged, others):
        found = prediction_powered(others, list(zip(people, judged, strict=True)))
        return found.high - found.low

    alone = wilson(int(people.sum()), 100)
    assert width(~people, ~many) == pytest.approx(alone.high - alone.low, abs=0.01)
    assert width(people, many) < 0.5 * (alone.high - alone.low)


def test_ten_of_ten_right_rows_do_not_prove_that_all_are():
    found = prediction_powered([True] * 500, [(True, True)] * 10)
    assert found.low < 0.9 and found.high == 1
    assert prediction_powered([True], []) is None
    assert prediction_powered([], [(True, True)] * 30).low < 0.95


def test_labels_are_pooled_by_their_rows():
    by_label = {"a": Estimate(share=0.9, low=0.8, high=0.95), "b": Estimate(share=0.5, low=0.3, high=0.7)}
    found = pool_labels(by_label, {"a": 300, "b": 100, "not checked": 50})
    below, above = sqrt((0.75 * 0.1) ** 2 + (0.25 * 0.2) ** 2), sqrt((0.75 * 0.05) ** 2 + (0.25 * 0.2) ** 2)
    assert as_tuple(found) == pytest.approx((0.8, 0.8 - below, 0.8 + above), abs=1e-4)
