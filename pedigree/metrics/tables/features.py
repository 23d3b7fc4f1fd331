"""Columns of a table as features that a classifier learns: scaled numbers, one-hot levels, marks of missing values."""

from dataclasses import dataclass

import numpy as np

from pedigree.metrics.tables.columns import Table


@dataclass(frozen=True)
class FeatureSpace:
    """What was learned of rows: the median, mean and scale of each number. Equal columns give equal features."""

    medians: np.ndarray
    means: np.ndarray
    scales: np.ndarray

    def embed(self, table: Table) -> np.ndarray:
        """Return the features (rows x features) in the order of ``list_feature_columns``.

        A number: less the mean, divided by the standard deviation, the median where it is missing, and 1 in a second
        feature if it is missing. A category: 1 in the feature of its level, in none if it is missing.
        """
        parts = []
        for place, column in enumerate(table.columns):
            values = table.values[:, place]
            if column.kind == "category":
                parts.append(values[:, None] == np.arange(len(column.levels)))
            else:
                gaps = np.isnan(values)
                known = np.where(gaps, self.medians[place], values)
                parts.append(np.stack([(known - self.means[place]) / self.scales[place], gaps], axis=1))
        return np.concatenate(parts, axis=1).astype(float) if parts else np.zeros((len(table), 0))


def learn_features(table: Table, weights: np.ndarray | None = None) -> FeatureSpace:
    """Return the space of these rows; ``weights`` counts each row so many times for mean and scale.

    The median and the scale are of the values that are there; a number without any has 0 and 1.
    """
    counts = np.ones(len(table)) if weights is None else weights
    found = [_describe(table.values[:, place], counts) for place in range(len(table.columns))]
    medians, means, scales = np.array(found).reshape(-1, 3).T
    return FeatureSpace(medians, means, scales)


def list_feature_columns(table: Table) -> np.ndarray:
    """Return for each feature the place of its column."""
    widths = [len(column.levels) if column.kind == "category" else 2 for column in table.columns]
    return np.repeat(np.arange(len(widths)), widths)


def find_nearest_rows(people: Table, rows: Table) -> np.ndarray:
    """Return the place of people's nearest row for each row, by the Euclidean distance of their features."""
    from sklearn.metrics import pairwise_distances_argmin

    if not len(rows):
        return np.zeros(0, dtype=int)
    space = learn_features(people)
    return pairwise_distances_argmin(space.embed(rows), space.embed(people))


def _describe(values: np.ndarray, counts: np.ndarray) -> tuple[float, float, float]:
    known = ~np.isnan(values) & (counts > 0)
    if not known.any():
        return 0.0, 0.0, 1.0
    own, rows = values[known], counts[known]
    mean = np.average(own, weights=rows)
    scale = np.sqrt(np.average((own - mean) ** 2, weights=rows))
    return float(np.median(np.repeat(own, rows.astype(int)))), float(mean), float(scale) or 1.0
