"""Finds the type of a column and reads its values as that type; what is unsure stays a text, and is said."""

from dataclasses import dataclass
from datetime import time

import polars as pl

from pedigree.dataset.tables.cell_values import MISSING

UNKNOWN = {*MISSING, "?", "none", "<na>"}  # that there is no value, in lower case
WHOLE, WITH_ZERO = r"^[+-]?(?:0|[1-9]\d{0,17})$", r"^[+-]?(?:0|[1-9]\d{0,14})\.0+$"
DECIMAL = r"^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$"
HUGE = r"^[+-]?\d{19,}$"  # more than 64 bits may hold
INFINITE = r"^(?i)[+-]?inf(?:inity)?$"
COMMA = r"^[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?$"
TRUTH = ({"true": True, "false": False}, {"yes": True, "no": False})
DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%Y-%m-%d 00:00:00", "%Y-%m-%dT00:00:00")
DAY_FIRST, MONTH_FIRST = "%d/%m/%Y", "%m/%d/%Y"
MOSTLY = 0.9  # of the values are numbers: the others are named


@dataclass(frozen=True)
class TypedColumn:
    """A column's type (integer, number, date, boolean, or text for any texts), its values, and what to know of them.

    ``kind`` is None for a column that can't be a field; ``note`` says why.
    """

    kind: str | None
    values: pl.Series
    note: str = ""


def type_column(column: pl.Series, separator: str) -> TypedColumn:
    """Return a column of a file (``table_file.Table``) as typed values with nulls."""
    kind = column.dtype
    if kind == pl.Boolean:
        return _check_filled(TypedColumn("boolean", column))
    if kind == pl.Date:
        return _check_filled(TypedColumn("date", column))
    if isinstance(kind, pl.Datetime):
        whole = (column.dt.time() == time()).fill_null(value=True).all()
        return _check_filled(TypedColumn("date", column.dt.date()) if whole else _drop(column, "it has times of day"))
    if kind == pl.UInt64 and column.max() is not None and column.cast(pl.Int64, strict=False).null_count():
        return _drop(column, "its whole numbers have more than 64 bits")
    if kind.is_integer():
        return _check_filled(TypedColumn("integer", column.cast(pl.Int64)))
    if kind.is_numeric():
        return _check_filled(_read_floats(column.cast(pl.Float64)))
    if kind in (pl.String, pl.Categorical, pl.Enum, pl.Null):
        return _check_filled(_read_texts(column.cast(pl.String), separator))
    return _drop(column, f"its values are of type {str(kind).split('(')[0]}")


def _drop(column: pl.Series, why: str) -> TypedColumn:
    return TypedColumn(None, column, why)


def _check_filled(found: TypedColumn) -> TypedColumn:
    if found.kind is not None and found.values.null_count() == len(found.values):
        return _drop(found.values, "every value is missing")
    return found


def _read_floats(column: pl.Series) -> TypedColumn:
    finite = column.is_finite().fill_null(value=False)
    infinite = int(column.is_infinite().fill_null(value=False).sum())
    values = pl.select(pl.when(finite).then(column)).to_series()
    note = f"infinite values are taken as missing ({infinite:,})" if infinite else ""
    known = values.drop_nulls()
    if values.null_count() and len(known) and (known == known.round()).all() and (known.abs() < 2**53).all():
        return TypedColumn("integer", values.cast(pl.Int64), note)  # as pandas keeps whole numbers beside missing ones
    return TypedColumn("number", values, note)


def _read_texts(column: pl.Series, separator: str) -> TypedColumn:
    plain = column.str.strip_chars()
    plain = pl.select(pl.when(~plain.str.to_lowercase().is_in(list(UNKNOWN))).then(plain)).to_series()
    values = plain.drop_nulls()
    lowered = {text.lower() for text in values.unique()}
    for words in TRUTH:
        if lowered == words.keys():
            return TypedColumn("boolean", plain.str.to_lowercase().replace_strict(words, return_dtype=pl.Boolean))
    return _read_numbers(plain, values, separator) or _read_dates(plain, values) or _name_texts(plain, values)


def _read_numbers(plain: pl.Series, values: pl.Series, separator: str) -> TypedColumn | None:
    if not len(values) or values.str.contains(HUGE).any():
        return None
    if values.str.contains(WHOLE).all() or (plain.null_count() and values.str.contains(WITH_ZERO).all()):
        return TypedColumn("integer", plain.str.replace(r"\.0+$", "").cast(pl.Int64))
    if (values.str.contains(DECIMAL) | values.str.contains(INFINITE)).all() and values.str.contains(DECIMAL).any():
        return _read_floats(plain.cast(pl.Float64, strict=False))
    if separator in (";", "\t", "|") and values.str.contains(COMMA).all() and values.str.contains(",").any():
        numbers = plain.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        return TypedColumn("number", numbers.cast(pl.Float64), "numbers with a decimal comma")
    return None


def _read_dates(plain: pl.Series, values: pl.Series) -> TypedColumn | None:
    if not len(values) or not values.str.contains(r"^\d{1,4}[-/.]?\d{1,2}[-/.]?\d{1,4}(?:[T ]00:00:00)?$").all():
        return None
    for form in DATES:
        days = plain.str.to_date(form, strict=False)
        if days.null_count() == plain.null_count():
            note = "" if form == DATES[0] else f"dates in the form {form}, written as YYYY-MM-DD"
            return TypedColumn("date", days, note)
    found = {form: plain.str.to_date(form, strict=False) for form in (DAY_FIRST, MONTH_FIRST)}
    whole = {form: days for form, days in found.items() if days.null_count() == plain.null_count()}
    if len(whole) == 2 and not whole[DAY_FIRST].equals(whole[MONTH_FIRST]):
        return _drop(plain, "its dates may begin with the day or the month: write them as YYYY-MM-DD")
    for form, days in whole.items():
        return TypedColumn("date", days, f"dates in the form {form}, written as YYYY-MM-DD")
    return None


def _name_texts(plain: pl.Series, values: pl.Series) -> TypedColumn:
    number = values.str.contains(DECIMAL)
    odd = values.filter(~number)
    if 0 < len(odd) <= (1 - MOSTLY) * len(values):
        told = f"{len(odd):,} of its {len(values):,} values are no numbers, such as {odd[0]!r}: correct or remove them"
        return _drop(plain, told)
    if len(values) and values.str.contains(HUGE).any():
        return TypedColumn("text", plain, "its whole numbers have more than 64 bits, so they are texts")
    return TypedColumn("text", plain)
