"""What a cell of a table says: whether it is missing, a date, a truth value; of a file or of a model's answer."""

import math
import re
from datetime import date, datetime, time
from typing import Any

from pedigree.dataset.storable_text import UNSTORABLE
from pedigree.errors import RecipeError
from pedigree.recipe.labels_and_fields import TypedField

INT64 = range(-(2**63), 2**63)
MISSING = {"", "na", "n/a", "nan", "null"}  # as files write that there is no value, in lower case
TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?")
WHOLE_FLOAT = re.compile(r"([+-]?\d+)\.0*")  # as pandas writes whole numbers of a column with missing values


def is_missing(value: Any, field: TypedField) -> bool:
    """Return whether a value says that there is none, in a field that allows it; a category's own values are values."""
    if not field.missing or (isinstance(value, str) and value.strip() in field.values):
        return False
    if isinstance(value, str):
        return value.strip().casefold() in MISSING
    return value is None or (isinstance(value, float) and math.isnan(value))


def parse_date(value: Any) -> date | None:
    """Return the day that ISO 8601 text (or a date) names, None for any other; a time is allowed if it is midnight."""
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else None
    if isinstance(value, date):
        return value
    found = DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:  # such as a thirteenth month
        return None


def parse_truth(value: Any) -> bool | None:
    """Return what true, yes, 1, false, no or 0 say, in any case; None for any other."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return TRUTH.get(str(value).strip().casefold()) if isinstance(value, bool | int | str) else None


def read_cell(value: Any, name: str, field: TypedField, where: str) -> Any:
    """Return the value of a field in a row of people; raise RecipeError with file, line and column if it is none."""
    if is_missing(value, field):
        return None
    read = {"integer": _read_number, "number": _read_number, "date": _read_date, "boolean": _read_truth}
    try:
        return read.get(field.type, _read_text)(value, name, field, where)
    except RecipeError as error:
        if value is None or str(value).strip().casefold() in MISSING:
            error.hint = error.hint or f"add the value; or 'missing: SHARE' to the field {name}, if rows may lack it"
        raise


def _read_number(value: Any, name: str, field: TypedField, where: str) -> int | float:
    try:
        if isinstance(value, bool):
            raise ValueError
        whole = WHOLE_FLOAT.fullmatch(str(value).strip())
        number = int(whole[1] if whole else str(value)) if field.type == "integer" else float(str(value))
    except ValueError:
        raise RecipeError(f"{where}: {name} is {value!r}"[:300], expected=f"a {field.type}") from None
    if not math.isfinite(number):
        raise RecipeError(f"{where}: {name} is {value!r}", expected="a finite number")
    if field.type == "integer" and number not in INT64:
        raise RecipeError(f"{where}: {name} is {value!r}"[:300], expected="a whole number of at most 64 bits")
    return number


def _read_date(value: Any, name: str, field: TypedField, where: str) -> date:
    if (day := parse_date(value)) is None:
        raise RecipeError(f"{where}: {name} is {value!r}"[:300], expected="a date as YYYY-MM-DD")
    return day


def _read_truth(value: Any, name: str, field: TypedField, where: str) -> bool:
    if (truth := parse_truth(value)) is None:
        raise RecipeError(f"{where}: {name} is {value!r}"[:300], expected="true or false")
    return truth


def _read_text(value: Any, name: str, field: TypedField, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        found = "is missing" if value is None else f"is {value!r}"
        raise RecipeError(f"{where}: {name} {found}", expected="a text that is not empty")
    if sign := UNSTORABLE.search(value):
        raise RecipeError(
            f"{where}: {name} holds U+{ord(sign[0]):04X}", hint="remove that character: tables cannot store it"
        )
    if field.type == "category" and value not in field.values:
        raise RecipeError(f"{where}: {name} is {value!r}", expected=f"one of {', '.join(field.values)}")
    return value
