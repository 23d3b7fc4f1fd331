"""The training file of rows of a table: values with their types, and train.py, which learns columns."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from pedigree.metrics.tables.columns import Column, Table
from pedigree.recipe.labels_and_fields import TypedField
from pedigree.report.export.training_script import BIASED, PAIRED, PLAIN, READ_BIASES, TEST
from pedigree.usefulness.setups import FLOOR, PAIR, RECALIBRATED

FIRST_DAY = date(1970, 1, 1).toordinal()
HEAD = '''\
"""Trains the recommended classifier of columns and tests it on the held-out rows: python train.py [HELD-OUT FILE].

Needs scikit-learn and polars. It prints macro-F1 in percent.
"""

import json
import sys
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

HERE = Path(__file__).parent
COLUMNS = json.loads({columns!r})  # a number, a date, or the levels of a category
'''
FIT = '''

def read_value(value, kind):
    """Return a value as a number: days of a date, the place of a category's level; NaN is missing."""
    if value is None:
        return np.nan
    if kind == "number":
        return float(value)
    if kind == "date":
        return float((date.fromisoformat(value) - date(1970, 1, 1)).days)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return float(kind.index(text)) if text in kind else np.nan


def tabulate(rows):
    """Return the columns of rows as numbers (rows x columns)."""
    found = np.full((len(rows), len(COLUMNS)), np.nan)
    for at, row in enumerate(rows.iter_rows(named=True)):
        for place, (name, kind) in enumerate(COLUMNS.items()):
            try:
                found[at, place] = read_value(row[name], kind)
            except (TypeError, ValueError):
                sys.exit(f"{name} is {row[name]!r} in a row; expected is a {kind}, or null")
    return found


def embed(table, known):
    """Return scaled numbers with marks of missing ones, and levels one-hot; the scales are those of ``known``."""
    parts = []
    for place, kind in enumerate(COLUMNS.values()):
        values, own = table[:, place], known[:, place]
        if isinstance(kind, list):
            parts.append(values[:, None] == np.arange(len(kind)))
            continue
        own, gaps = own[~np.isnan(own)], np.isnan(values)
        median, mean, scale = (np.median(own), own.mean(), own.std() or 1.0) if len(own) else (0.0, 0.0, 1.0)
        parts.append(np.stack([(np.where(gaps, median, values) - mean) / scale, gaps], axis=1))
    return np.concatenate(parts, axis=1).astype(float)


def predict(rows, tests):
    """Train on rows, every label with the same weight in all; return the log-probability of each label of tests."""
    if rows["label"].n_unique() < 2:
        sys.exit(f"{HERE / 'training.jsonl'}: rows to train on have fewer than two labels; export the dataset again")
    balance = pl.col("weight").sum() / pl.col("label").n_unique() / pl.col("weight").sum().over("label")
    known = tabulate(rows)
    model = LogisticRegression(C=1, solver="newton-cholesky", max_iter=1000, tol=1e-6)
    weights = rows.select(pl.col("weight") * balance).to_series().to_numpy()
    model.fit(embed(known, known), rows["label"].to_list(), weights)
    found = np.full((len(tests), len(LABELS)), -1000.0)
    shares = model.predict_proba(embed(tabulate(tests), known))
    found[:, [LABELS.index(label) for label in model.classes_]] = np.log(np.maximum(shares, 1e-300))
    return found


def read(path, *columns):
    """Return a file's rows; without any, end with a sentence and exit status 1."""
    columns = [*COLUMNS, *columns]
    expected = f"expected is a file of JSON lines with {', '.join(columns)}"
    try:
        rows = pl.read_ndjson(path, infer_schema_length=None)
    except (OSError, pl.exceptions.PolarsError):
        rows = pl.DataFrame()
    if rows.is_empty() or not {*columns} <= {*rows.columns}:
        sys.exit(f"{path}: no rows could be read; {expected}")
    for name in [one for one in columns if one not in COLUMNS]:
        is_right = rows[name].dtype.is_numeric() if name == "weight" else rows[name].dtype == pl.String
        if not is_right or rows[name].has_nulls():
            sys.exit(f"{path}: {name} is missing or of another type in a row; {expected}")
    return rows


train = read(HERE / "training.jsonl", "label", "weight", "source")
test = read(sys.argv[1] if len(sys.argv) > 1 else HERE / "held-out.jsonl", "label")
LABELS = sorted({*train["label"]})
if unknown := sorted({*test["label"]} - {*LABELS}):
    print(f"training.jsonl has no rows of {', '.join(unknown)}: held-out rows of these count as wrong", file=sys.stderr)
if len(unknown) == test["label"].n_unique():
    sys.exit(f"the held-out file has none of the labels of training.jsonl; expected are {', '.join(LABELS)}")
'''


def write_table_script(setup: str, table: Table, fields: Mapping[str, TypedField]) -> str:
    """Return the script for a set-up: the report's classifier of columns with scikit-learn and polars alone."""
    columns = {column.name: _name_kind(column, fields[column.name]) for column in table.columns}
    body = PAIRED.format(floor=FLOOR) if setup == PAIR else BIASED if setup.endswith(RECALIBRATED) else PLAIN
    biased = "" if body == PLAIN else READ_BIASES
    head = HEAD.format(columns=json.dumps(columns, ensure_ascii=False))
    return head + FIT + biased + body.replace('test["text"]', "test") + TEST


def restore_columns(table: Table, fields: Mapping[str, TypedField]) -> dict[str, pl.Series]:
    """Return the values of a table by field, with the types that the fields have in the tables of a dataset."""
    kinds = {"integer": pl.Int64, "number": pl.Float64, "date": pl.Date, "boolean": pl.Boolean, "category": pl.String}
    return {
        column.name: pl.Series(
            [_restore(value, column, fields[column.name]) for value in table.values[:, place].tolist()],
            dtype=kinds[fields[column.name].type],
        )
        for place, column in enumerate(table.columns)
    }


def _name_kind(column: Column, field: TypedField) -> str | list[str]:
    return list(column.levels) if column.kind == "category" else "date" if field.type == "date" else "number"


def _restore(value: float, column: Column, field: TypedField) -> Any:
    if np.isnan(value):
        return None
    if field.type == "number":
        return value
    whole = int(value)
    if field.type == "date":
        return date.fromordinal(FIRST_DAY + whole)
    return whole if field.type == "integer" else bool(whole) if field.type == "boolean" else column.levels[whole]
