"""Predicts labels of rows by a small classifier of other rows: of their words, or of their columns without texts."""

from collections.abc import Mapping, Sequence
from typing import Any

from threadpoolctl import threadpool_limits

from pedigree.metrics.tables.columns import tabulate
from pedigree.metrics.tables.features import learn_features
from pedigree.metrics.tables.fitting import fit_regression
from pedigree.metrics.text_classifier import text_of, train_classifier
from pedigree.recipe.schema import Recipe


@threadpool_limits.wrap(limits=1)
def predict_rows(
    rows: Sequence[Mapping[str, Any]], labels: Sequence[str], asked: Sequence[Mapping[str, Any]], recipe: Recipe
) -> list[str]:
    """Return the label of each of the rows ``asked`` by a classifier that learned ``rows``, which hold a row's fields.

    Raises ValueError for fewer than two different labels.
    """
    if not asked:
        return []
    table = tabulate(rows, recipe)
    if table is None:
        classifier = train_classifier([text_of(row) for row in rows], labels, recipe.seed)
        return classifier.predict([text_of(row) for row in asked]).tolist()
    from sklearn.linear_model import LogisticRegression

    space, others = learn_features(table), tabulate(asked, recipe)
    regression = LogisticRegression(class_weight="balanced", solver="newton-cholesky", max_iter=1000)
    return fit_regression(regression, space.embed(table), list(labels)).predict(space.embed(others or table)).tolist()
