"""Wilson's interval is scipy's, and a sample of unequal weights counts as fewer rows."""

import pytest
from scipy.stats import binomtest

from pedigree.metrics.review.wilson import find_effective_count, make_interval


@pytest.mark.parametrize(("right", "count"), [(0, 1), (1, 1), (0, 20), (20, 20), (43, 80), (9, 80), (500, 1000)])
def test_the_interval_is_scipys(right, count):
    low, high = binomtest(right, count).proportion_ci(method="wilson")
    assert make_interval(right, count) == pytest.approx((low, high), abs=1e-12)


def test_without_rows_nothing_is_known():
    assert make_interval(0, 0) == (0.0, 1.0)


def test_a_sample_in_proportion_counts_in_full_and_another_counts_less():
    assert find_effective_count([0.7, 0.3], [70, 30]) == pytest.approx(100)
    assert find_effective_count([0.9, 0.1], [50, 50]) == pytest.approx(1 / (0.81 / 50 + 0.01 / 50))
