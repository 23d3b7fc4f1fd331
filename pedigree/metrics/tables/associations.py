"""How columns go together in synthetic rows, beside people's rows: correlations and associations of pairs."""

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import numpy as np

from pedigree.metrics.tables.columns import Table

MIN_ROWS = 3  # rows of a side in which both columns have a value
Measure = Callable[[np.ndarray, np.ndarray], float | None]


def compare_pairs(synthetic: Table, real: Table) -> list[dict[str, Any]]:
    """Return a line for each pair of columns and measure: its value on both sides and the absolute difference.

    ``measure``: two numbers have ``pearson`` and ``spearman`` (-1 to 1); two categories ``cramers_v`` (0 to 1, without
    correction for bias) and, in the same line, ``similarity``, 1 less the total variation of the shares of pairs of
    levels; a number and a category ``correlation_ratio`` (eta, 0 to 1). Rows that lack one of both values are left out.
    Null where a side has fewer than three rows or a column is constant.
    """
    return [
        line
        for one, other in combinations(range(len(real.columns)), 2)
        for line in _compare(synthetic, real, one, other)
    ]


def average_difference(pairs: list[dict[str, Any]]) -> float | None:
    """Return the mean difference of the pairs, by ``pearson``, ``cramers_v`` or ``correlation_ratio``."""
    known = [one["difference"] for one in pairs if one["measure"] != "spearman" and one["difference"] is not None]
    return float(np.mean(known)) if known else None


def _compare(synthetic: Table, real: Table, one: int, other: int) -> Iterator[dict[str, Any]]:
    first, second = real.columns[one], real.columns[other]
    if first.kind == "number" and second.kind == "category":  # the correlation ratio is of a number by a category
        one, other = other, one
    sides = [_complete(table.values[:, one], table.values[:, other]) for table in (synthetic, real)]
    for name in _list_measures(first.kind, second.kind):
        ours, theirs = (MEASURES[name](*side) if len(side[0]) >= MIN_ROWS else None for side in sides)
        line = {
            "columns": [first.name, second.name],
            "measure": name,
            "synthetic": ours,
            "real": theirs,
            "difference": None if ours is None or theirs is None else abs(ours - theirs),
        }
        yield line | ({"similarity": _measure_similarity(*sides)} if name == "cramers_v" else {})


def _list_measures(one: str, other: str) -> tuple[str, ...]:
    if one != other:
        return ("correlation_ratio",)
    return ("pearson", "spearman") if one == "number" else ("cramers_v",)


def _complete(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    known = ~np.isnan(one) & ~np.isnan(other)
    return one[known], other[known]


def measure_pearson(one: np.ndarray, other: np.ndarray) -> float | None:
    """Return Pearson's correlation; None if a side is constant."""
    if not np.ptp(one) or not np.ptp(other):
        return None
    return float(np.clip(np.corrcoef(one, other)[0, 1], -1, 1))


def measure_spearman(one: np.ndarray, other: np.ndarray) -> float | None:
    """Return Spearman's rank correlation (equal values have their mean rank); None if a side is constant."""
    from scipy.stats import rankdata

    return measure_pearson(rankdata(one), rankdata(other))


def measure_cramers_v(one: np.ndarray, other: np.ndarray) -> float | None:
    """Return Cramér's V of two categories' places; None if a side is constant."""
    counts = _count_pairs(np.unique(one, return_inverse=True)[1], np.unique(other, return_inverse=True)[1])
    if min(counts.shape) < 2:
        return None
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    chi = ((counts - expected) ** 2 / expected).sum()
    return float(np.sqrt(chi / counts.sum() / (min(counts.shape) - 1)))


def measure_correlation_ratio(level: np.ndarray, number: np.ndarray) -> float | None:
    """Return eta: the root of the share of a number's variance that the levels of a category explain."""
    if not np.ptp(number) or not np.ptp(level):
        return None
    _, place, rows = np.unique(level, return_inverse=True, return_counts=True)
    centred = number - number.mean()
    means = np.bincount(place, centred) / rows
    return float(np.sqrt(min(1.0, (rows * means**2).sum() / (centred**2).sum())))


def _measure_similarity(ours: tuple[np.ndarray, np.ndarray], theirs: tuple[np.ndarray, np.ndarray]) -> float | None:
    """Return 1 less the total variation of the shares of pairs of levels; None where a side has no rows."""
    if not len(ours[0]) or not len(theirs[0]):
        return None
    sizes = [int(max(side.max() for side in sides)) + 1 for sides in zip(ours, theirs, strict=True)]
    shares = [_count_pairs(side[0].astype(int), side[1].astype(int), *sizes) / len(side[0]) for side in (ours, theirs)]
    return float(1 - np.abs(shares[0] - shares[1]).sum() / 2)


def _count_pairs(one: np.ndarray, other: np.ndarray, lines: int = 0, columns: int = 0) -> np.ndarray:
    lines, columns = lines or int(one.max()) + 1, columns or int(other.max()) + 1
    return np.bincount(one * columns + other, minlength=lines * columns).reshape(lines, columns)


MEASURES: dict[str, Measure] = {
    "pearson": measure_pearson,
    "spearman": measure_spearman,
    "cramers_v": measure_cramers_v,
    "correlation_ratio": measure_correlation_ratio,
}
