"""SMOTE (Chawla et al. 2002): rows between a row of people and one of its nearest of the same label."""

from collections.abc import Mapping

import numpy as np
from threadpoolctl import threadpool_limits

from pedigree.metrics.tables.columns import Table

NEIGHBOURS = 5
MIN_ROWS = 2  # of a label: one and its neighbour


@threadpool_limits.wrap(limits=1)
def sample_smote(table: Table, label_ids: np.ndarray, wanted: Mapping[int, int], seed: int) -> tuple[Table, np.ndarray]:
    """Return so many rows of each label, and their label ids; deterministic, by imbalanced-learn.

    Missing values are filled with the median or the most frequent level first. A label with one row of people gets
    copies of it.
    """
    filled = np.column_stack([_fill(table.values[:, place]) for place in range(len(table.columns))])
    levels = [place for place, column in enumerate(table.columns) if column.kind == "category"]
    found, ids = [], []
    for label, rows in wanted.items():
        own = filled[label_ids == label]
        if rows and len(own):
            found.append(
                _sample_label(own, levels, rows, seed) if len(own) >= MIN_ROWS else np.repeat(own, rows, axis=0)
            )
            ids.append(np.full(rows, label))
    values = np.concatenate(found) if found else filled[:0]
    whole = [place for place in range(len(table.columns)) if (filled[:, place] % 1 == 0).all()]
    values[:, whole] = values[:, whole].round()
    return Table(table.columns, values), np.concatenate(ids) if ids else label_ids[:0]


def _sample_label(own: np.ndarray, levels: list[int], rows: int, seed: int) -> np.ndarray:
    """Return new rows beside those of one label; a second, distant class stands in for the others."""
    from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC  # of an extra

    options = {
        "sampling_strategy": {1: len(own) + rows},
        "k_neighbors": min(NEIGHBOURS, len(own) - 1),
        "random_state": seed % 2**32,
    }
    kind = SMOTE if not levels else SMOTEN if len(levels) == own.shape[1] else SMOTENC
    maker = kind(categorical_features=levels, **options) if kind is SMOTENC else kind(**options)
    both = np.concatenate([own, np.repeat(own, -(-(rows + 1) // len(own)) + 1, axis=0)])
    labels = np.repeat([1, 0], [len(own), len(both) - len(own)])
    made, _ = maker.fit_resample(both, labels)
    return np.asarray(made, dtype=float)[len(both) :]


def _fill(values: np.ndarray) -> np.ndarray:
    known = values[~np.isnan(values)]
    if not len(known):
        return np.zeros(len(values))
    middle, counts = np.unique(known, return_counts=True)
    usual = middle[counts.argmax()] if (known % 1 == 0).all() else np.median(known)
    return np.where(np.isnan(values), usual, values)
