"""Ranks and correlations, against published figures and against all orders."""

import numpy as np
import pytest
from scipy import stats

from pedigree.studies.statistics import correlate_ranks, count_needed_tasks, find_critical_difference, rank_systems

# Demšar 2006, table 6: AUC of four versions of C4.5 on 14 data sets.
DEMSAR = {
    "C4.5": [.763, .599, .954, .628, .882, .936, .661, .583, .775, 1.0, .940, .619, .972, .957],
    "C4.5+m": [.768, .591, .971, .661, .888, .931, .668, .583, .838, 1.0, .962, .666, .981, .978],
    "C4.5+cf": [.771, .590, .968, .654, .886, .916, .609, .563, .866, 1.0, .965, .614, .9751, .946],
    "C4.5+m+cf": [.798, .569, .967, .657, .898, .931, .685, .625, .875, 1.0, .962, .669, .975, .970],
}  # fmt: skip


def test_the_ranks_and_the_test_are_those_of_the_paper():
    found = rank_systems(DEMSAR)
    assert [round(rank, 3) for rank in found.systems.values()] == [3.143, 2.000, 2.893, 1.964]
    ranks = np.array(list(found.systems.values()))
    assert 12 * 14 / 20 * ((ranks**2).sum() - 25) == pytest.approx(9.28, abs=0.005)  # without a correction for ties
    assert found.statistic == pytest.approx(10.228, abs=0.001) and found.p < 0.05 and found.tasks == 14
    # Section 3.2.2: with alpha 0.05 the critical difference is 1.25, and no pair but the extremes comes near it.
    assert found.critical == pytest.approx(1.25, abs=0.005)
    assert find_critical_difference(4, 14, alpha=0.10) == pytest.approx(1.12, abs=0.005)
    assert found.can_tell and found.different == []


@pytest.mark.parametrize(
    "systems, quantile",
    [*enumerate([1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164], start=2)],
)
def test_the_quantiles_are_those_of_the_papers_table(systems, quantile):
    of_one = find_critical_difference(systems, 1)
    assert of_one / (systems * (systems + 1) / 6) ** 0.5 == pytest.approx(quantile, abs=0.001)
    needed = count_needed_tasks(systems)
    assert find_critical_difference(systems, needed) < systems - 1
    assert needed == 2 or find_critical_difference(systems, needed - 1) >= systems - 1


def test_systems_that_differ_everywhere_are_told_apart_only_with_tasks_enough():
    scores = {"good": [0.9] * 10, "middle": [0.7] * 10, "poor": [0.5] * 10}
    assert rank_systems(scores).different == [("good", "poor")]
    few = rank_systems({name: values[:2] for name, values in scores.items()})
    assert not few.can_tell and few.different == [] and few.needed == 3


def test_equal_scores_and_two_systems_have_no_friedman_test():
    assert rank_systems({"a": [0.5, 0.5], "b": [0.5, 0.5], "c": [0.5, 0.5]}).p is None
    assert rank_systems({"a": [0.5, 0.6], "b": [0.4, 0.7]}).systems == {"a": 1.5, "b": 1.5}
    with pytest.raises(ValueError):
        rank_systems({"a": [0.5]})


def test_the_correlation_is_spearmans_and_its_p_that_of_all_orders():
    one, other = [1, 2, 3, 4, 5], [2, 1, 4, 3, 5]
    found = correlate_ranks(one, other)
    expected = stats.permutation_test(
        (one,), lambda x: stats.spearmanr(x, other).statistic, permutation_type="pairings", n_resamples=np.inf
    )
    assert found.exact and found.rho == pytest.approx(stats.spearmanr(one, other).statistic)
    assert found.p == pytest.approx(expected.pvalue)
    many = correlate_ranks(range(12), [*range(11, -1, -1)])
    assert many.rho == pytest.approx(-1) and not many.exact
    assert correlate_ranks([1, 2, 3], [1, 2, 3]).rho is None and correlate_ranks([1] * 4, [1, 2, 3, 4]).p is None
