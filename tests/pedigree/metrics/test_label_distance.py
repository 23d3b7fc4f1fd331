from math import isclose, nextafter

import pytest
from scipy.stats import chi2

from pedigree.metrics.label_distance import find_g_test_p, measure_distance

SHARES = {"a": 0.5, "b": 0.3, "c": 0.2}


@pytest.mark.parametrize(
    ("counts", "distance"),
    [
        ({"a": 50, "b": 30, "c": 20}, 0),
        ({"a": 60, "b": 30, "c": 10}, 0.1),
        ({"a": 505, "b": 295, "c": 200}, 0.005),  # exactly: a limit of 0.005 holds
        ({"c": 7}, 0.8),
        ({"unknown": 3}, 1),
        ({}, 1),
    ],
)
def test_distance_is_half_the_sum_of_differences(counts, distance):
    assert measure_distance(counts, SHARES) == distance


def test_g_test_is_the_log_likelihood_ratio():
    # By hand: 2 * (60 ln 60/50 + 30 ln 30/30 + 10 ln 10/20) = 8.0153..., of 2 degrees of freedom.
    assert isclose(find_g_test_p({"a": 60, "b": 30, "c": 10}, SHARES), chi2.sf(8.015642973, 2), rel_tol=1e-6)


@pytest.mark.parametrize("rows", [10, 100, 1000, 100_000])
def test_counts_that_match_have_p_1(rows):
    shares = {"a": 0.18, "b": 0.14, "c": 0.16, "d": 0.14, "e": 0.12, "f": 0.1, "g": 0.1, "h": 0.06}
    counts = {name: round(rows * share) for name, share in shares.items()}
    if sum(counts.values()) == rows and rows >= 100:
        assert find_g_test_p(counts, shares) >= nextafter(1, 0)


@pytest.mark.parametrize("counts", [{}, {"a": 0}, {"a": 5, "unknown": 1}])
def test_g_test_is_null_where_undefined(counts):
    assert find_g_test_p(counts, SHARES) is None


def test_a_label_without_rows_is_defined():
    assert 0 < find_g_test_p({"a": 5, "b": 3}, SHARES) < 1
