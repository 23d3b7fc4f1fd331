"""How far the values of one column of synthetic rows are from those of people's rows."""

from typing import Any

import numpy as np

from pedigree.metrics.tables.columns import Column, Table


def compare_columns(synthetic: Table, real: Table) -> dict[str, dict[str, Any]]:
    """Return the distances of each column, by name.

    A number: ``ks``, the Kolmogorov-Smirnov statistic (0: equal, 1: no overlap), and ``wasserstein``, the Wasserstein-1
    distance divided by the range of the real values (null where that is 0). A category: ``total_variation``, half the
    sum of the absolute differences of the shares. These are of the values that are not missing, null where a side has
    none. ``distance`` is ``ks`` or ``total_variation``. Of both: the share of missing values on each side and its
    absolute difference.
    """
    return {
        column.name: _compare(column, synthetic.values[:, place], real.values[:, place])
        for place, column in enumerate(real.columns)
    }


def average_distance(compared: dict[str, dict[str, Any]]) -> float | None:
    """Return the mean ``distance`` of the columns that have one."""
    known = [one["distance"] for one in compared.values() if one["distance"] is not None]
    return float(np.mean(known)) if known else None


def _compare(column: Column, synthetic: np.ndarray, real: np.ndarray) -> dict[str, Any]:
    gaps = [float(np.isnan(side).mean()) if len(side) else 0.0 for side in (synthetic, real)]
    ours, theirs = (side[~np.isnan(side)] for side in (synthetic, real))
    found = _compare_numbers(ours, theirs) if column.kind == "number" else _compare_levels(column, ours, theirs)
    return {
        "kind": column.kind,
        **found,
        "missing": gaps[0],
        "missing_real": gaps[1],
        "missing_difference": abs(gaps[0] - gaps[1]),
    }


def _compare_numbers(ours: np.ndarray, theirs: np.ndarray) -> dict[str, float | None]:
    if not len(ours) or not len(theirs):
        return {"distance": None, "ks": None, "wasserstein": None}
    from scipy.stats import wasserstein_distance

    ks, width = measure_ks(ours, theirs), float(np.ptp(theirs))
    moved = float(wasserstein_distance(ours, theirs)) / width if width else None
    return {"distance": ks, "ks": ks, "wasserstein": moved}


def measure_ks(one: np.ndarray, other: np.ndarray) -> float:
    """Return the largest difference of both empirical distribution functions."""
    values = np.concatenate([one, other])
    shares = [np.searchsorted(np.sort(side), values, side="right") / len(side) for side in (one, other)]
    return float(np.abs(shares[0] - shares[1]).max())


def _compare_levels(column: Column, ours: np.ndarray, theirs: np.ndarray) -> dict[str, float | None]:
    if not len(ours) or not len(theirs):
        return {"distance": None, "total_variation": None}
    shares = [np.bincount(side.astype(int), minlength=len(column.levels)) / len(side) for side in (ours, theirs)]
    found = float(np.abs(shares[0] - shares[1]).sum() / 2)
    return {"distance": found, "total_variation": found}
