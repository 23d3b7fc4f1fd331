"""Reads the labels in files of people (texts, numbers or booleans), and says what to do about an unknown label."""

import json
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from math import isfinite
from typing import Any

from pedigree.recipe.label_sets.names import NO_LABEL, SEPARATOR, join_labels

MAX_NAMED = 10


def read_label(value: Any, labels: Collection[str]) -> str | None:
    """Return the label that a value names: 0 names "0", and true names "true"; None for no label of these."""
    if isinstance(value, str):
        return value if value in labels else None
    if isinstance(value, bool):
        return next((label for label in labels if label.casefold() == str(value).casefold()), None)
    if not isinstance(value, int | float) or not isfinite(value):
        return None
    if str(value) in labels:
        return str(value)
    equal = [label for label in labels if _is_number(label, value)]
    return equal[0] if len(equal) == 1 else None


def read_label_set(value: Any, labels: Collection[str]) -> str | None:
    """Return the name of the set of labels that a value names; None where a part of it is no label of these.

    The value is a list, or a text: a JSON list, or labels joined by ``+``, ``;``, ``|`` or commas. Order and
    repetitions do not count. "" and [] are the empty set; None names nothing.
    """
    if isinstance(value, str) and value.strip().startswith("["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if value == NO_LABEL or (isinstance(value, str) and not value.strip()):
        value = []
    if not isinstance(value, list | tuple):
        value = next((parts for parts in _split(value) if all(read_label(one, labels) for one in parts)), [None])
    members = [read_label(one, labels) for one in value]
    known = [one for one in members if one is not None]
    return join_labels(known, labels) if len(known) == len(members) else None


def _split(value: Any) -> list[list[Any]]:
    """Return the ways to read a value as several labels, the likeliest first; a label may hold a comma or a plus."""
    marks = (SEPARATOR, ";", "|", ",", "+") if isinstance(value, str) else ()
    return [[value], *([part.strip() for part in value.split(mark)] for mark in marks)]


def find_respelling(value: Any, labels: Collection[str]) -> str | None:
    """Return the label that differs from a value only in upper and lower case or in spaces; None without one."""
    folded = _fold(str(value))
    return next((label for label in labels if _fold(label) == folded), None)


def name_label(value: Any) -> str | None:
    """Return a label's text where no labels are known yet: true is "true", 1.0 is "1"; None for what is no label."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value) if value.is_integer() else value) if isfinite(value) else None
    return str(value) or None if isinstance(value, str | int) else None


def advise_on_labels(values: Sequence[Any], labels: Collection[str]) -> str:
    """Return what to do about the values that name no label: respell them, or add a label to the recipe."""
    unknown = [value for value in values if read_label(value, labels) is None]
    rows, examples = Counter(map(repr, unknown)), {repr(value): value for value in unknown}
    respelt = {name: find_respelling(value, labels) for name, value in examples.items()}
    told = [
        f"{label!r} for {name} ({rows[name]:,} row{'s' * (rows[name] > 1)})" for name, label in respelt.items() if label
    ]
    if told:
        more = [f"and so on, for {len(told) - MAX_NAMED:,} more"] if len(told) > MAX_NAMED else []
        return f"labels are compared exactly: in the file, write {', '.join([*told[:MAX_NAMED], *more])}"
    new = next((text.strip() for value in examples.values() if (text := name_label(value)) and text.strip()), None)
    return f"correct it in the file, or add {new!r} to the recipe's labels" if new else "give every row a label"


def _fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _is_number(label: str, value: float) -> bool:
    try:
        return float(label) == value
    except ValueError:
        return False
