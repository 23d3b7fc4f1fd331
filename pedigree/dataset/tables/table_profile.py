"""Profile of a table: the field that each column becomes, its label column, and what is left out, with the reasons."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from pedigree.dataset.tables.column_names import ColumnName, name_fields
from pedigree.dataset.tables.column_types import TypedColumn, type_column
from pedigree.dataset.tables.label_column import ChosenLabel, choose_label
from pedigree.dataset.tables.table_file import Table

MAX_VALUES, ROWS_A_VALUE = 30, 3  # of a category at most, and at least on average
LEAST_ROWS = 20  # from which unique values are taken for identifiers
INDEX = re.compile(r"(?:.*_)?(?:id|uuid|guid|index|row_?(?:number|nr|no)|unnamed_0)|column")


@dataclass(frozen=True)
class FieldProfile:
    """A field: its name, the column it comes from, its type and limits as a recipe has them, and a note or ""."""

    name: str
    column: str
    settings: dict[str, Any]
    note: str = ""


@dataclass(frozen=True)
class TableProfile:
    """What a table holds. ``frame`` has the typed fields and ``label``; ``left_out``: column -> why."""

    fields: tuple[FieldProfile, ...]
    label: ChosenLabel
    left_out: Mapping[str, str]
    frame: pl.DataFrame
    rows_without: str = ""  # why some rows are left out


def profile_table(table: Table, where: str, label: str | None) -> TableProfile:
    """Return the profile of a table; ``label`` names its label column, None: it is looked for.

    Raises RecipeError if there is no label column, or none that can be one, or no other column.
    """
    names = name_fields(table.frame.columns)
    typed = {name.field: type_column(table.frame[name.column], table.separator) for name in names}
    chosen = choose_label({name.field: (name.column, typed[name.field]) for name in names}, where, label)
    fields, left_out = [], {}
    for name in names:
        if name.field == chosen.field:
            continue
        if (found := _make_field(name, typed[name.field])) and isinstance(found, FieldProfile):
            fields.append(found)
        else:
            left_out[name.column] = str(found)
    frame = pl.DataFrame([typed[one.name].values.alias(one.name) for one in fields] + [chosen.values.alias("label")])
    kept, lost = _drop_rows(frame, fields)
    return TableProfile(tuple(fields), chosen, left_out, kept, lost)


def _drop_rows(frame: pl.DataFrame, fields: list[FieldProfile]) -> tuple[pl.DataFrame, str]:
    """Return the rows that have a label, some value, and the first text where there are texts; each row once."""
    told = []
    texts = [one.name for one in fields if one.settings["type"] == "text"]
    plain = [one.name for one in fields]
    reasons = {
        "have no label": pl.col("label").is_not_null(),
        "have no value": ~pl.all_horizontal(pl.col(name).is_null() for name in plain) if plain else pl.lit(value=True),
        **({f"have no {texts[0]}": pl.col(texts[0]).is_not_null()} if texts else {}),
    }
    for why, wanted in reasons.items():
        before, frame = frame.height, frame.filter(wanted)
        told += [f"{before - frame.height:,} {why}"] * (before > frame.height)
    key = (
        pl.concat_str(
            [pl.col(name).cast(pl.String).fill_null("").str.to_lowercase() for name in texts or [*plain, "label"]],
            separator="\0",
        )
        if plain
        else pl.col("label")
    )
    before, frame = frame.height, frame.filter(key.is_first_distinct())
    told += [f"{before - frame.height:,} are equal to an earlier row"] * (before > frame.height)
    return frame, "; ".join(told)


def _make_field(name: ColumnName, typed: TypedColumn) -> FieldProfile | str:
    """Return the field of a column, or why it is left out."""
    if typed.kind is None:
        return typed.note
    values = typed.values.drop_nulls()
    distinct = values.n_unique()
    if why := _find_identifier(name.field, typed.kind, values, distinct):
        return why
    if typed.kind in ("text", "boolean") and distinct < 2:
        return f"every value is {values[0]!r}"
    settings: dict[str, Any] = {"type": typed.kind}
    if typed.kind == "text" and distinct <= MAX_VALUES and len(values) >= ROWS_A_VALUE * distinct:
        counts = values.value_counts(name="rows").sort(pl.col("rows"), pl.first(), descending=[True, False])
        settings = {"type": "category", "values": counts.to_series(0).to_list()}
    elif typed.kind == "text":
        chars = values.str.len_chars()
        settings |= {"min_chars": chars.min(), "max_chars": chars.max()}
    elif typed.kind != "boolean":
        settings |= {"min": values.min(), "max": values.max()}
    if name.unit and typed.kind in ("integer", "number"):
        settings["unit"] = name.unit
    if missing := typed.values.null_count():
        settings["missing"] = max(round(missing / len(typed.values), 3), 0.001)
    settings["means"] = name.plain
    return FieldProfile(name.field, name.column, settings, typed.note)


def _find_identifier(name: str, kind: str, values: pl.Series, distinct: int) -> str | None:
    """Return why a column tells rows apart and nothing else, such as a running number; None if it does not."""
    if distinct < len(values) or len(values) < LEAST_ROWS:
        return None
    if kind == "integer":
        running = values.sort().diff().drop_nulls().n_unique() == 1  # also of every n-th row
        if running or INDEX.fullmatch(name):
            return "a number that tells the rows apart"
    if kind == "text" and (INDEX.fullmatch(name) or not values.str.contains(r"\s").any()):
        return "a text without spaces that tells the rows apart"
    return None
