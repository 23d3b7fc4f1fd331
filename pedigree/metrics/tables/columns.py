"""Rows of typed fields as one array of numbers, so that columns of tables can be compared and learned."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np

from pedigree.recipe.labels_and_fields import TypedField
from pedigree.recipe.schema import Recipe

LABEL = "label"
BOOLEAN = ("false", "true")


@dataclass(frozen=True)
class Column:
    """A column: a number (a date counts as one, in days), or a category with its levels."""

    name: str
    kind: Literal["number", "category"]
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """Rows x columns: numbers, days since 1970-01-01 of dates, the place of a category's level; NaN is missing."""

    columns: tuple[Column, ...]
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: np.ndarray | slice) -> "Table":
        """Return some rows."""
        return Table(self.columns, self.values[rows])

    def stack(self, *others: "Table") -> "Table":
        """Return these rows, then those of other tables of the same columns."""
        return Table(self.columns, np.concatenate([self.values, *(one.values for one in others)]))


def list_columns(fields: Mapping[str, TypedField]) -> tuple[Column, ...]:
    """Return the columns of a recipe's fields, which hold no text."""
    return tuple(_make_column(name, field) for name, field in fields.items())


def list_table_columns(recipe: Recipe) -> tuple[Column, ...]:
    """Return the columns of a recipe without text fields; none for another, whose rows are read as texts."""
    return list_columns(recipe.fields) if recipe.tabular else ()


def make_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[Column]) -> Table:
    """Return the rows' values of these columns; what is None, or no level of a category, is missing."""
    readers = [_make_reader(column) for column in columns]
    names = [column.name for column in columns]
    values = [[read(row[name]) for name, read in zip(names, readers, strict=True)] for row in rows]
    return Table(tuple(columns), np.array(values, dtype=float).reshape(len(values), len(names)))


def tabulate(rows: Iterable[Mapping[str, Any]], recipe: Recipe) -> Table | None:
    """Return the fields of rows as a table; None for a recipe with text fields, whose rows are read as texts."""
    columns = list_table_columns(recipe)
    return make_table(rows, columns) if columns else None


def _make_column(name: str, field: TypedField) -> Column:
    kind = str(field.type)
    if kind == "category":
        return Column(name, "category", tuple(dict.fromkeys(field.values)))
    return Column(name, "category", BOOLEAN) if kind == "boolean" else Column(name, "number")


def _make_reader(column: Column) -> Any:
    if column.kind == "number":
        return _read_number
    places = {level: float(place) for place, level in enumerate(column.levels)}
    return lambda value: places.get(_name_level(value), np.nan)


def _name_level(value: Any) -> str:
    return BOOLEAN[value] if isinstance(value, bool) else str(value)


def _read_number(value: Any) -> float:
    if value is None:
        return np.nan
    if isinstance(value, str):
        value = date.fromisoformat(value[:10])
    return float((value - date(1970, 1, 1)).days if isinstance(value, date) else value)
