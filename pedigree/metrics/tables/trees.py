"""Gradient-boosted trees of scikit-learn for the values of a table as they are, with missing ones."""

import numpy as np

from pedigree.metrics.tables.columns import Table

MAX_LEVELS = 255  # of a category, as scikit-learn allows; one of more is read as a number


class Trees:
    """A classifier by 30 rounds of trees. A column without any value in what it learns counts as a constant."""

    def __init__(self, table: Table, seed: int):
        from sklearn.ensemble import HistGradientBoostingClassifier

        categories = [column.kind == "category" and len(column.levels) <= MAX_LEVELS for column in table.columns]
        self._empty = np.zeros(len(table.columns), dtype=bool)
        self._model = HistGradientBoostingClassifier(
            max_iter=30, max_leaf_nodes=15, min_samples_leaf=5, learning_rate=0.15, early_stopping=False,
            categorical_features=categories, random_state=seed % 2**32,
        )  # fmt: skip

    @property
    def classes_(self) -> np.ndarray:
        """Return the labels that it learned, sorted."""
        return self._model.classes_

    def fit(self, values: np.ndarray, labels: np.ndarray, weights: np.ndarray | None = None) -> "Trees":
        """Learn rows (rows x columns) and their labels, at least two different ones."""
        self._empty = np.isnan(values).all(axis=0)  # scikit-learn fails on a column without values
        self._model.fit(self._fill(values), labels, weights)
        return self

    def predict_proba(self, values: np.ndarray) -> np.ndarray:
        """Return the probability of each label for each row."""
        return self._model.predict_proba(self._fill(values))

    def predict(self, values: np.ndarray) -> np.ndarray:
        """Return the most probable label of each row."""
        return self._model.predict(self._fill(values))

    def _fill(self, values: np.ndarray) -> np.ndarray:
        return np.where(self._empty, 0.0, values)
