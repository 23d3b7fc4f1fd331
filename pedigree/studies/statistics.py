"""Statistics over tasks: average ranks with the Friedman and Nemenyi tests, and rank correlation.

Demšar 2006, "Statistical comparisons of classifiers over multiple data sets", JMLR 7, sections 3.2.2 and 3.2.3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from math import ceil, factorial

import numpy as np
from scipy import stats

ALPHA = 0.05
LEAST_PAIRS = 4  # tasks for a rank correlation: of 3 even the best order has p = 0.33
EXACT = 8  # tasks up to which every order is tried


@dataclass(frozen=True)
class Ranking:
    """Average ranks of systems over tasks (1 is the best), and whether they differ.

    ``statistic`` and ``p`` are Friedman's, None where there are fewer than three systems or two tasks. Two systems
    differ where their ranks differ by more than ``critical`` (Nemenyi, alpha 0.05). ``needed``: tasks from which the
    best and the worst of so many systems could differ at all.
    """

    systems: dict[str, float]
    tasks: int
    statistic: float | None
    p: float | None
    critical: float
    needed: int

    @property
    def can_tell(self) -> bool:
        """Return whether there are tasks enough for any two systems to differ."""
        return self.tasks >= self.needed and self.p is not None

    @property
    def different(self) -> list[tuple[str, str]]:
        """Return the pairs (better, worse) that differ; none where Friedman's test finds no difference."""
        if self.p is None or self.p >= ALPHA or not self.can_tell:
            return []
        ordered = sorted(self.systems, key=lambda name: (self.systems[name], name))
        return [
            (one, other)
            for place, one in enumerate(ordered)
            for other in ordered[place + 1 :]
            if self.systems[other] - self.systems[one] > self.critical
        ]


@dataclass(frozen=True)
class RankCorrelation:
    """Spearman's rho of ``pairs`` pairs with its two-sided p; both None for fewer than 4, or where one side is equal.

    ``exact``: p is the share of all orders of one side that correlate as much; otherwise it is by the t distribution.
    """

    pairs: int
    rho: float | None
    p: float | None
    exact: bool


def rank_systems(scores: Mapping[str, Sequence[float]]) -> Ranking:
    """Return the ranking of systems; ``scores`` are theirs on the same tasks in the same order, higher is better.

    Ties get their mean rank. Raises ValueError for fewer than two systems, no tasks, or unequal numbers of tasks.
    """
    table = np.array(list(scores.values()), dtype=float)
    if table.ndim != 2 or len(table) < 2 or not table.shape[1]:
        raise ValueError("a ranking needs two systems or more, with a score on each of the same tasks")
    count, tasks = table.shape
    ranks = stats.rankdata(-table, axis=0).mean(axis=1)
    statistic = p = None
    if count > 2 and tasks > 1 and (table != table[0]).any():
        statistic, p = map(float, stats.friedmanchisquare(*table))
    return Ranking(
        {name: float(rank) for name, rank in zip(scores, ranks, strict=True)},
        tasks,
        statistic,
        p,
        find_critical_difference(count, tasks),
        count_needed_tasks(count),
    )


def find_critical_difference(systems: int, tasks: int, alpha: float = ALPHA) -> float:
    """Return the difference of average ranks from which two systems differ (Demšar 2006, section 3.2.2)."""
    quantile = float(stats.studentized_range.ppf(1 - alpha, systems, np.inf)) / 2**0.5
    return quantile * (systems * (systems + 1) / (6 * tasks)) ** 0.5


def count_needed_tasks(systems: int) -> int:
    """Return the fewest tasks with which the best and the worst of these systems can differ: rank 1 and the last."""
    of_one = find_critical_difference(systems, 1)
    return max(2, ceil((of_one / (systems - 1)) ** 2 + 1e-9))


def correlate_ranks(one: Sequence[float], other: Sequence[float]) -> RankCorrelation:
    """Return Spearman's rank correlation of two figures of the same tasks."""
    pairs = len(one)
    if pairs < LEAST_PAIRS or len({*one}) < 2 or len({*other}) < 2:
        return RankCorrelation(pairs, None, None, exact=False)
    left, right = stats.rankdata(one), stats.rankdata(other)
    rho = float(np.corrcoef(left, right)[0, 1])
    if pairs > EXACT:
        return RankCorrelation(pairs, rho, float(stats.spearmanr(one, other).pvalue), exact=False)
    centred = left - left.mean()
    orders = np.array(list(permutations(right - right.mean())))
    as_much = np.abs(orders @ centred) >= abs(centred @ (right - right.mean())) - 1e-9
    return RankCorrelation(pairs, rho, float(as_much.sum() / factorial(pairs)), exact=True)
