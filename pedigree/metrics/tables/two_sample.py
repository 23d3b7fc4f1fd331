"""Classifier two-sample test of tables (Lopez-Paz and Oquab 2017): can synthetic rows be told from people's rows?"""

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from pedigree.metrics.tables.columns import Table
from pedigree.metrics.tables.trees import Trees

FOLDS = 5
MIN_ROWS = 10  # of each side: two for each fold to test on
WIDTH = 1.96  # standard errors to each side of a 95 % interval


@dataclass(frozen=True)
class Area:
    """An area under the ROC curve with its 95 % interval, 0 to 1."""

    area: float
    low: float
    high: float


@threadpool_limits.wrap(limits=1)
def measure_table_auc(synthetic: Table, real: Table, seed: int) -> Area | None:
    """Return the mean AUC over five folds of gradient-boosted trees for synthetic against real rows.

    0.5 is chance, 1 is perfect separation. Trees see how columns go together, and missing values. The variance is that
    of DeLong et al. 1988 in each fold. The order of the rows has no effect. None for fewer than ten rows of a side.
    """
    from sklearn.model_selection import StratifiedKFold

    if min(len(synthetic), len(real)) < MIN_ROWS:
        return None
    sides = [_sort(side.values) for side in (synthetic, real)]
    values, is_synthetic = np.concatenate(sides), np.arange(len(sides[0]) + len(sides[1])) < len(sides[0])
    areas = []
    for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=seed % 2**32).split(values, is_synthetic):
        trees = Trees(real, seed).fit(values[train], is_synthetic[train])
        scores, own = trees.predict_proba(values[test])[:, 1], is_synthetic[test]
        areas.append(measure_area(scores[own], scores[~own]))
    found, variances = np.array(areas).T
    mean, width = float(found.mean()), WIDTH * float(np.sqrt(variances.sum())) / FOLDS
    return Area(mean, max(0.0, mean - width), min(1.0, mean + width))


def measure_area(own: np.ndarray, others: np.ndarray) -> tuple[float, float]:
    """Return the share of pairs in which one of ``own`` scores higher than one of ``others``, and its variance.

    Equal scores count half. The variance is that of DeLong et al. 1988.
    """
    above = _share_below(own, others)
    below = 1 - _share_below(others, own)
    variance = sum(np.var(shares, ddof=1) / len(shares) for shares in (above, below) if len(shares) > 1)
    return float(above.mean()), float(variance)


def _share_below(scores: np.ndarray, others: np.ndarray) -> np.ndarray:
    ranked = np.sort(others)
    places = [np.searchsorted(ranked, scores, side=side) for side in ("left", "right")]
    return (places[0] + places[1]) / (2 * len(others))


def _sort(values: np.ndarray) -> np.ndarray:
    return values[np.lexsort(np.nan_to_num(values, nan=np.inf).T[::-1])] if values.shape[1] else values
