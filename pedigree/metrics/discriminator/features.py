"""Classifiers of whole rows: TF-IDF where a row has texts; of a table, categories as 0 or 1 and scaled numbers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from pedigree.metrics.text_classifier import text_of, train_classifier

Row = Mapping[str, Any]


def read_classes(
    train: Sequence[Row], classes: Sequence[Any], test: Sequence[Row], *, texts: bool, seed: int
) -> tuple[list[Any], np.ndarray]:
    """Return the classes, sorted, and the probability of each for the rows of ``test`` (rows x classes).

    Both kinds are a logistic regression. Of a table, the distance of a number from the middle counts beside the number,
    so that a wrong spread is seen too. Raises ValueError for fewer than two classes.
    """
    if texts:
        model = train_classifier([text_of(one) for one in train], list(classes), seed)
        return list(model.classes_), model.predict_proba([text_of(one) for one in test])
    from sklearn.linear_model import LogisticRegression

    encode = _learn_columns(train)
    regression = LogisticRegression(C=1.0, class_weight="balanced", max_iter=5000, random_state=seed % 2**32)
    with threadpool_limits(1):
        regression.fit(encode(train), list(classes))
        return list(regression.classes_), regression.predict_proba(encode(test))


def is_number(value: Any) -> bool:
    """Return whether a value of a column is a number, and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def list_columns(rows: Sequence[Row]) -> dict[str, bool]:
    """Return the columns of rows, and of each whether all its values that are there are numbers."""
    names = dict.fromkeys(name for row in rows for name in row)
    given = {name: [row[name] for row in rows if row.get(name) is not None] for name in names}
    return {name: bool(values) and all(map(is_number, values)) for name, values in given.items()}


def _learn_columns(train: Sequence[Row]) -> Callable[[Sequence[Row]], np.ndarray]:
    """Return a function from rows to an array of features; middles, spreads and values are those of ``train``."""
    middles: dict[str, tuple[float, float]] = {}
    values: dict[str, list[str]] = {}
    for name, numeric in list_columns(train).items():
        if numeric:
            there = np.array([row[name] for row in train if row.get(name) is not None], dtype=float)
            middles[name] = float(np.median(there)), float(there.std()) or 1.0
        else:
            values[name] = sorted({str(row.get(name)) for row in train})

    def encode(rows: Sequence[Row]) -> np.ndarray:
        parts: list[np.ndarray] = []
        for name, (middle, scale) in middles.items():
            given = [row.get(name) for row in rows]
            scaled = np.clip([(0.0 if one is None else float(one) - middle) / scale for one in given], -10, 10)
            parts += [scaled, np.abs(scaled), np.array([one is None for one in given], dtype=float)]
        for name, known in values.items():
            parts += [np.array([str(row.get(name)) == one for row in rows], dtype=float) for one in known]
        return np.column_stack(parts)

    return encode
