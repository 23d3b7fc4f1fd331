"""The values of one row, read from an object that a model wrote, as the recipe types them."""

import json
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pedigree.curation.answer_parser import Repeated, fold_key
from pedigree.dataset.storable_text import UNSTORABLE, escape_unstorable
from pedigree.ids import canonical_json
from pedigree.recipe.schema import Recipe, TypedField

WHOLE = re.compile(r"[+-]?[0-9]{1,40}")
DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True)
class Rejection:
    """Why an object is no row: a reason code and the evidence."""

    reason: str
    detail: str


class _Misread(Exception):
    def __init__(self, reason: str, detail: str):
        self.fault = Rejection(reason, detail)


def read_values(value: Any, label: str, around: tuple[str, ...], recipe: Recipe) -> tuple | Rejection:
    """Return the row's values in the order of the recipe's fields, or the first thing that is wrong.

    Texts are trimmed and in NFC, otherwise as written. Keys of another case are read where one alone fits; unknown
    keys are ignored. ``around`` is what the wrappers said; a label other than the asked one is a fault there too.
    """
    if not isinstance(value, dict):
        return Rejection("wrong-type", f"{_name_type(value)} in place of an object: {to_json(value)[:100]}")
    if isinstance(value, Repeated):
        return Rejection("malformed", "a key is stated twice")
    try:
        _check_label(value, label, around, recipe)
        return tuple(_read_field(value, name, field) for name, field in recipe.fields.items())
    except _Misread as misread:
        return misread.fault


def to_json(value: Any) -> str:
    """Return a value as JSON that any table can hold: canonical where it has a canonical form."""
    try:
        text = canonical_json(value)
    except ValueError:  # NaN and infinity
        text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return escape_unstorable(text)


def _check_label(value: dict, label: str, around: tuple[str, ...], recipe: Recipe) -> None:
    for key, said in value.items():
        if fold_key(key) == "label" and said not in (None, "") and not _means_label(said, label, recipe):
            raise _Misread("wrong-label", f"says {to_json(said)[:100]}, asked for {label}")
    for said in around:
        others = {fold_key(name) for name in recipe.labels if name != label}
        if fold_key(said) in others and not _means_label(said, label, recipe):
            raise _Misread("wrong-label", f"stands under {to_json(said)}, asked for {label}")


def _means_label(said: Any, label: str, recipe: Recipe) -> bool:
    said = str(said) if isinstance(said, int) and not isinstance(said, bool) else said
    if not isinstance(said, str):
        return False
    return said.strip() == label or (said.strip() not in recipe.labels and _fold_label(said) == _fold_label(label))


def _fold_label(label: str) -> str:
    return re.sub(r"[\s_-]+", "", label.casefold())


def _read_field(value: dict, name: str, field: TypedField) -> Any:
    found = value[name] if name in value else _find_drifted(value, name)
    if found is None or (isinstance(found, str) and not found.strip()):
        raise _Misread("empty", f"{name} is {'null' if found is None else 'empty'}")
    if isinstance(found, str) and (sign := UNSTORABLE.search(found)):
        raise _Misread("malformed", f"{name} holds U+{ord(sign[0]):04X}")
    return READERS[field.type](found, name, field)


def _find_drifted(value: dict, name: str) -> Any:
    keys = [key for key in value if fold_key(key) == fold_key(name)]
    if len(keys) != 1:
        found = (
            f"; both {' and '.join(map(to_json, keys))} could be it"
            if keys
            else f"; the keys are {to_json(list(value))}"
        )
        raise _Misread("missing-field", f"no {name}{found[:200]}")
    return value[keys[0]]


def _read_text(found: Any, name: str, field: TypedField) -> str:
    if not isinstance(found, str):
        raise _Misread("wrong-type", f"{name} is {_name_type(found)}, not a text")
    return unicodedata.normalize("NFC", found.strip())


def _read_category(found: Any, name: str, field: TypedField) -> str:
    text = _read_text(found, name, field)
    alike = [value for value in field.values if value.casefold() == text.casefold()]
    if text in field.values or len(alike) == 1:
        return text if text in field.values else alike[0]
    raise _Misread("wrong-type", f"{name} is {to_json(text)[:100]}, not one of {', '.join(field.values)}")


def _read_integer(found: Any, name: str, field: TypedField) -> int:
    number = _read_number(found, name, field)
    if isinstance(number, float) and not number.is_integer():
        raise _Misread("wrong-type", f"{name} is {number}, not a whole number")
    whole = int(found) if isinstance(found, str) and WHOLE.fullmatch(found.strip()) else int(number)
    if whole not in INT64:
        raise _Misread("out-of-range", f"{name} is {float(whole):g}, more than 64 bits hold")
    return whole


def _read_number(found: Any, name: str, field: TypedField) -> int | float:
    number = found
    if isinstance(found, str) and DECIMAL.fullmatch(found.strip()):
        number = float(found)
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise _Misread("wrong-type", f"{name} is {to_json(found)[:100]}, not a number")
    if not math.isfinite(number):
        raise _Misread("wrong-type", f"{name} is {number}, not a finite number")
    if (field.min is not None and number < field.min) or (field.max is not None and number > field.max):
        limits = [f"at least {field.min:g}"] * (field.min is not None) + [f"at most {field.max:g}"] * (
            field.max is not None
        )
        raise _Misread("out-of-range", f"{name} is {number:g}, wanted {' and '.join(limits)}")
    return number


def _name_type(value: Any) -> str:
    names = {dict: "an object", list: "an array", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "null" if value is None else "a text")


READERS: dict[str, Callable[[Any, str, TypedField], Any]] = {
    "text": _read_text,
    "category": _read_category,
    "integer": _read_integer,
    "number": lambda found, name, field: float(_read_number(found, name, field)),
}
