"""Conversion of a JSON object that a model wrote into the typed values of one row.

The words of a rejection are part of the published table ``rejects``: the same answer must give the same words in every
release, so they do not change.
"""

import json
import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from pedigree.curation.answer_rows import fold_key
from pedigree.curation.json_repair import Repeated
from pedigree.dataset.label_values import read_label_set
from pedigree.dataset.storable_text import escape_unstorable, find_unstorable
from pedigree.dataset.tables.cell_values import is_missing, parse_date, parse_truth
from pedigree.ids import canonical_json
from pedigree.recipe.labels_and_fields import TypedField, format_limit
from pedigree.recipe.schema import Recipe

WHOLE = re.compile(r"[+-]?[0-9]{1,40}")
DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True)
class Rejection:
    """Why an object is not a valid row: a reason code and the evidence."""

    reason: str
    detail: str


class _InvalidValue(Exception):
    def __init__(self, reason: str, detail: str):
        self.rejection = Rejection(reason, detail)


class ValueReader:
    """Reads the values of the rows of one recipe."""

    def __init__(self, recipe: Recipe):
        self._recipe = recipe
        self._fields = list(recipe.fields.items())
        self._label_keys = ("label",) if recipe.labels_per_row is None else ("label", "labels")
        self._labels: dict[str, set[str]] = defaultdict(set)  # by their name as ``fold_key`` gives it
        for name in {**recipe.labels, **recipe.single_labels}:
            self._labels[fold_key(name)].add(name)

    def read(self, value: Any, label: str, around: tuple[str, ...]) -> tuple | Rejection:
        """Return the row's values in the order of the recipe's fields, or the first fault found.

        Texts are stripped and in NFC, otherwise unchanged. A key that differs in case or separators is accepted if no
        other key fits; unknown keys are ignored. ``around`` are the keys and labels of the enclosing objects: a label
        other than the requested one is a fault there too.
        """
        if not isinstance(value, dict):
            return Rejection("wrong-type", f"{_name_type(value)} in place of an object: {to_json(value)[:100]}")
        if isinstance(value, Repeated):
            return Rejection("malformed", "a key is stated twice")
        try:
            self._check_label(value, label, around)
            values = tuple([_read_field(value, name, field) for name, field in self._fields])
        except _InvalidValue as error:
            return error.rejection
        if values[0] is None and all(one is None for one in values):
            return Rejection("empty", "every field is null")
        return values

    def _check_label(self, value: dict, label: str, around: tuple[str, ...]) -> None:
        for key, found in value.items():
            if fold_key(key) in self._label_keys and found not in (None, "") and not self._means(found, label):
                raise _InvalidValue("wrong-label", f"says {to_json(found)[:100]}, asked for {label}")
        for key in around:
            if self._labels.get(fold_key(key), set()) - {label} and not self._means(key, label):
                raise _InvalidValue("wrong-label", f"stands under {to_json(key)}, asked for {label}")

    def _means(self, found: Any, label: str) -> bool:
        if self._recipe.labels_per_row is not None:
            return read_label_set(found, self._recipe.single_labels) == label
        found = str(found) if isinstance(found, int) and not isinstance(found, bool) else found
        if not isinstance(found, str):
            return False
        found = found.strip()
        return found == label or (found not in self._recipe.labels and _fold_label(found) == _fold_label(label))


def to_json(value: Any) -> str:
    """Return a value as JSON text that can be stored in a table; canonical JSON if it has a canonical form."""
    try:
        text = canonical_json(value)
    except ValueError:  # NaN and infinity
        text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return escape_unstorable(text)


def _fold_label(label: str) -> str:
    return re.sub(r"[\s_-]+", "", label.casefold())


def _read_field(value: dict, name: str, field: TypedField) -> Any:
    found = value[name] if name in value else _find_similar_key(value, name)
    if is_missing(found, field):
        return None
    if found is None or (isinstance(found, str) and not found.strip()):
        raise _InvalidValue("empty", f"{name} is {'null' if found is None else 'empty'}")
    if isinstance(found, str) and (sign := find_unstorable(found)):
        raise _InvalidValue("malformed", f"{name} holds U+{ord(sign):04X}")
    return READERS[field.type](found, name, field)


def _find_similar_key(value: dict, name: str) -> Any:
    keys = [key for key in value if fold_key(key) == fold_key(name)]
    if len(keys) != 1:
        found = (
            f"; both {' and '.join(map(to_json, keys))} could be it"
            if keys
            else f"; the keys are {to_json(list(value))}"
        )
        raise _InvalidValue("missing-field", f"no {name}{found[:200]}")
    return value[keys[0]]


def _read_text(found: Any, name: str, field: TypedField) -> str:
    if not isinstance(found, str):
        raise _InvalidValue("wrong-type", f"{name} is {_name_type(found)}, not a text")
    return unicodedata.normalize("NFC", found.strip())


def _read_category(found: Any, name: str, field: TypedField) -> str:
    text = _read_text(found, name, field)
    alike = [value for value in field.values if value.casefold() == text.casefold()]
    if text in field.values or len(alike) == 1:
        return text if text in field.values else alike[0]
    raise _InvalidValue("wrong-type", f"{name} is {to_json(text)[:100]}, not one of {', '.join(field.values)}")


def _read_integer(found: Any, name: str, field: TypedField) -> int:
    number = _read_number(found, name, field)
    if isinstance(number, float) and not number.is_integer():
        raise _InvalidValue("wrong-type", f"{name} is {number}, not a whole number")
    whole = int(found) if isinstance(found, str) and WHOLE.fullmatch(found.strip()) else int(number)
    if whole not in INT64:
        raise _InvalidValue("out-of-range", f"{name} is {float(whole):g}, more than 64 bits hold")
    return whole


def _read_number(found: Any, name: str, field: TypedField) -> int | float:
    number = found
    if isinstance(found, str) and DECIMAL.fullmatch(found.strip()):
        number = float(found)
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise _InvalidValue("wrong-type", f"{name} is {to_json(found)[:100]}, not a number")
    if not math.isfinite(number):
        raise _InvalidValue("wrong-type", f"{name} is {number}, not a finite number")
    low, high = field.numbers
    if (low is not None and number < low) or (high is not None and number > high):
        raise _InvalidValue("out-of-range", f"{name} is {number:g}, wanted {_format_limits(low, high)}")
    return number


def _read_date(found: Any, name: str, field: TypedField) -> date:
    day = parse_date(found)
    if day is None:
        raise _InvalidValue("wrong-type", f"{name} is {to_json(found)[:100]}, not a date as YYYY-MM-DD")
    first, last = field.dates
    if (first is not None and day < first) or (last is not None and day > last):
        raise _InvalidValue("out-of-range", f"{name} is {day}, wanted {_format_limits(first, last)}")
    return day


def _read_boolean(found: Any, name: str, field: TypedField) -> bool:
    truth = parse_truth(found)
    if truth is None:
        raise _InvalidValue("wrong-type", f"{name} is {to_json(found)[:100]}, not true or false")
    return truth


def _format_limits(low: float | date | None, high: float | date | None) -> str:
    bounds = (("at least", low), ("at most", high))
    return " and ".join(f"{words} {format_limit(limit)}" for words, limit in bounds if limit is not None)


def _name_type(value: Any) -> str:
    names = {dict: "an object", list: "an array", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "null" if value is None else "a text")


READERS: dict[str, Callable[[Any, str, TypedField], Any]] = {
    "text": _read_text,
    "category": _read_category,
    "integer": _read_integer,
    "number": lambda found, name, field: float(_read_number(found, name, field)),
    "date": _read_date,
    "boolean": _read_boolean,
}
