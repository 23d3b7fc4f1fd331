"""Chooses the label column of a table, and reads its values as labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl

from pedigree.dataset.tables.column_types import TypedColumn
from pedigree.errors import RecipeError

NAMES = ("label", "label_value", "target", "class", "species", "diagnosis", "outcome", "category", "y")
MAX_LABELS, FEW = 150, 20
LEAST_ROWS = 2  # of a label: one seed row, one held-out row


@dataclass(frozen=True)
class ChosenLabel:
    """The label column (by its name as a field, and its own), why it is that, and its values as texts with nulls."""

    field: str
    column: str
    why: str
    values: pl.Series

    @property
    def counts(self) -> dict[str, int]:
        """Return the rows of each label, the most frequent first."""
        counted = (
            self.values.drop_nulls()
            .value_counts(name="rows")
            .sort(pl.col("rows"), pl.first(), descending=[True, False])
        )
        return dict(counted.iter_rows())


def choose_label(columns: Mapping[str, tuple[str, TypedColumn]], where: str, named: str | None) -> ChosenLabel:
    """Return the label column of columns (name as a field -> own name, values): the one named, or a likely one.

    Raises RecipeError if it is not there, or its values can't be labels.
    """
    field, why = _find_named(columns, where, named) if named is not None else _find_likely(columns, where)
    own, typed = columns[field]
    chosen = ChosenLabel(field, own, why, _write_labels(typed))
    _check(chosen, typed, where)
    return chosen


def _find_named(columns: Mapping[str, tuple[str, TypedColumn]], where: str, named: str) -> tuple[str, str]:
    for field, (own, _) in columns.items():
        if named in (own, own.strip(), field):
            return field, "as --label says"
    every = [own for own, _ in columns.values()]
    near = get_close_matches(named, every, n=1)
    hint = f"write --label {near[0]!r}" if near else None
    raise RecipeError(f"{where}: no column {named!r}", expected=f"one of {', '.join(every)[:300]}", hint=hint)


def _find_likely(columns: Mapping[str, tuple[str, TypedColumn]], where: str) -> tuple[str, str]:
    for name in NAMES:
        if name in columns:
            return name, f"its name is {columns[name][0]!r}"
    last, (own, typed) = list(columns.items())[-1]
    if typed.kind in ("text", "boolean", "integer") and 2 <= _count(typed) <= FEW:
        return last, f"it is the last column and has {_count(typed)} values"
    raise RecipeError(
        f"{where}: no column looks like a label: none is named {', '.join(NAMES[:1] + NAMES[2:])}, and the last one, "
        f"{own!r}, has {_count(typed):,} values",
        expected=f"a column with 2 to {FEW} values",
        hint="name it: --label COLUMN",
    )


def _count(typed: TypedColumn) -> int:
    return typed.values.n_unique() - bool(typed.values.null_count()) if typed.kind else 0


def _write_labels(typed: TypedColumn) -> pl.Series:
    values = typed.values
    if typed.kind == "number" and (values == values.round()).all():
        values = values.cast(pl.Int64)
    return values.cast(pl.String) if typed.kind else pl.Series(values.name, [None] * len(values), pl.String)


def _check(chosen: ChosenLabel, typed: TypedColumn, where: str) -> None:
    counts = chosen.counts
    found = f"{where}: the label column {chosen.column!r}"
    hint = "name another column: --label COLUMN"
    if typed.kind is None:
        raise RecipeError(f"{found} can't be one: {typed.note}", hint=hint)
    if len(counts) < 2:
        raise RecipeError(f"{found} has one value, {next(iter(counts))!r}", expected="two or more labels", hint=hint)
    if len(counts) > MAX_LABELS:
        advice = f"{hint}; or put numbers into classes first"
        raise RecipeError(f"{found} has {len(counts):,} values", expected=f"at most {MAX_LABELS} labels", hint=advice)
    if len({label.casefold() for label in counts}) < len(counts):
        same = next(one for one in counts if sum(one.casefold() == other.casefold() for other in counts) > 1)
        raise RecipeError(f"{found} writes {same!r} in upper and lower case", expected="one way to write a label")
    if rare := [label for label, rows in counts.items() if rows < LEAST_ROWS]:
        raise RecipeError(
            f"{found} has labels with a single row: {', '.join(map(repr, rare[:5]))}",
            expected=f"{LEAST_ROWS} rows or more of each, for seeds and held-out rows",
            hint="remove these rows, or merge rare labels",
        )
