"""Finds texts that programs read from CSV or JSON lines as something else: missing values, numbers, truth values.

Quotes do not help: pandas reads ``"NA"`` as missing. A reader has to be told the types, as the card of an export says.
"""

from collections.abc import Sequence
from typing import Literal

import polars as pl

MISSING = (  # what pandas.read_csv takes for a missing value, besides an empty cell
    *("#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA"),
    *("NULL", "NaN", "None", "n/a", "nan", "null", ""),
)
TRUTH = ("true", "false")
MAX_NAMED = 5
NOT_FIELDS = ("weight", "real", "agreed")  # columns that readers need not be told


def list_texts(lines: pl.LazyFrame) -> list[str]:
    """Return the names of the columns that hold texts."""
    return [name for name, kind in lines.collect_schema().items() if kind == pl.String]


def list_types(lines: pl.LazyFrame) -> dict[str, str]:
    """Return the names of the fields that are truth values, numbers or dates, with their types of polars."""
    typed = (pl.Boolean, pl.Int64, pl.Float64, pl.Date)
    return {
        name: str(kind) for name, kind in lines.collect_schema().items() if kind in typed and name not in NOT_FIELDS
    }


def describe_misread(kind: Literal["csv", "jsonl"], tables: Sequence[pl.LazyFrame]) -> list[str]:
    """Return one sentence for each column of texts that a reader without types misreads."""
    lines = pl.concat(tables)
    found = []
    for name in list_texts(lines):
        text = pl.col(name)
        missing = lines.filter(text.is_in(MISSING)).group_by(name).len().sort("len", name, descending=[True, False])
        counted = list(missing.collect().iter_rows()) if kind == "csv" else []
        if counted:
            named = [f"{value!r} ({rows:,})" for value, rows in counted[:MAX_NAMED]]
            more = " and others" if len(counted) > MAX_NAMED else ""
            found.append(f"{name}: pandas reads {', '.join(named)}{more} as missing values unless it is told not to")
        is_number = text.cast(pl.Float64, strict=False).is_not_null() | text.str.to_lowercase().is_in(TRUTH)
        numbers, rows = lines.select(is_number.sum(), pl.len().alias("rows")).collect().row(0)
        if rows and numbers == rows:
            found.append(f"{name}: every text is a number or a truth value, and is read as one unless types are given")
    return found
