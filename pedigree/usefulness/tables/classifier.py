"""Classifies rows of a table by their typed columns: a logistic regression, and gradient-boosted trees."""

import numpy as np
from threadpoolctl import threadpool_limits

from pedigree.metrics.tables.columns import Table
from pedigree.metrics.tables.features import learn_features
from pedigree.metrics.tables.fitting import fit_regression
from pedigree.metrics.tables.trees import Trees
from pedigree.usefulness.training_set import TrainingSet

C = 1.0


class TableClassifier:
    """Logistic regression (C=1, balanced labels) on scaled numbers, one-hot levels and marks of missing values.

    A ``Classifier``. Medians, means and scales are those of the training set alone.
    """

    def __init__(self, table: Table):
        self._table = table

    @threadpool_limits.wrap(limits=1)
    def __call__(
        self, training_set: TrainingSet, query_rows: np.ndarray, label_count: int, *, approximate: bool = False
    ) -> np.ndarray:
        """Return the probability of each label for each row of ``query_rows``."""
        from sklearn.linear_model import LogisticRegression

        learned = self._table.take(training_set.rows)
        space = learn_features(learned)
        regression = LogisticRegression(C=C, solver="newton-cholesky", max_iter=1000, tol=1e-6)
        fit_regression(regression, space.embed(learned), training_set.label_ids, training_set.balance())
        return _spread(regression, space.embed(self._table.take(query_rows)), label_count)


class BoostedClassifier:
    """Gradient-boosted trees (scikit-learn, 30 rounds, balanced labels) on the values as they are, a ``Classifier``."""

    def __init__(self, table: Table, seed: int):
        self._table, self._seed = table, seed

    @threadpool_limits.wrap(limits=1)
    def __call__(
        self, training_set: TrainingSet, query_rows: np.ndarray, label_count: int, *, approximate: bool = False
    ) -> np.ndarray:
        """Return the probability of each label for each row of ``query_rows``."""
        trees = Trees(self._table, self._seed)
        trees.fit(self._table.values[training_set.rows], training_set.label_ids, training_set.balance())
        return _spread(trees, self._table.values[query_rows], label_count)


def _spread(model, features: np.ndarray, label_count: int) -> np.ndarray:
    """Return the model's probabilities, with 0 for labels that it has not learned."""
    found = np.zeros((len(features), label_count))
    if len(features):
        found[:, model.classes_] = model.predict_proba(features)
    return found
