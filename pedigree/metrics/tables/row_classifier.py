"""Predicts labels of rows by a small classifier of other rows: of their words, or of their columns without texts."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from pedigree.metrics.tables.columns import list_table_columns, make_table
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
    classifier, embed = _learn(rows, labels, recipe)
    return classifier.predict(embed(asked)).tolist()


@threadpool_limits.wrap(limits=1)
def read_rows(
    rows: Sequence[Mapping[str, Any]], labels: Sequence[str], asked: Sequence[Mapping[str, Any]], recipe: Recipe
) -> tuple[list[str], np.ndarray]:
    """Return the labels, sorted, and the probability of each (asked x labels) by such a classifier.

    Raises ValueError for fewer than two different labels, or no row that is asked.
    """
    classifier, embed = _learn(rows, labels, recipe)
    return list(classifier.classes_), classifier.predict_proba(embed(asked))


def _learn(rows: Sequence[Mapping[str, Any]], labels: Sequence[str], recipe: Recipe) -> tuple[Any, Callable]:
    """Return the fitted classifier, and what makes its input of rows."""
    columns = list_table_columns(recipe)
    if not columns:
        classifier = train_classifier([text_of(row) for row in rows], labels, recipe.seed)
        return classifier, lambda some: [text_of(row) for row in some]
    from sklearn.linear_model import LogisticRegression

    table = make_table(rows, columns)
    space = learn_features(table)
    regression = LogisticRegression(class_weight="balanced", solver="newton-cholesky", max_iter=1000)
    fitted = fit_regression(regression, space.embed(table), list(labels))
    return fitted, lambda some: space.embed(make_table(some, columns))
