"""Finds the first difference between two tables or two JSON values, and where it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import polars as pl

MAX_CHARS = 80


class _Absent:
    """A value that one side lacks."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()


@dataclass(frozen=True)
class Difference:
    """The first row that differs (the expected one, where the table lacks it) and how it differs."""

    row: dict[str, Any]
    message: str

    def where(self, *columns: str) -> str:
        """Return values that identify the row, such as ``row_id 3fa2..., label billing-dispute``."""
        return ", ".join(f"{name} {self.row[name]}" for name in columns if name in self.row)


def find_difference(found: pl.DataFrame, expected: pl.DataFrame, key: Sequence[str]) -> Difference | None:
    """Return the first difference in the order of ``key``, or None for equal tables.

    The order of rows and columns is ignored.
    """
    if odd := sorted(set(found.columns) ^ set(expected.columns)):
        return Difference({}, f"the column {odd[0]} should {'not ' if odd[0] in found.columns else ''}be")
    if found.height + expected.height == 0:
        return None
    left, right = (table.select(found.columns).sort(key, maintain_order=True) for table in (found, expected))
    if left.equals(right):
        return None
    for one, other in _align(left, right, key):
        if one is None:
            return Difference(other or {}, "it is missing")
        if other is None:
            return Difference(one, "it should not be here")
        for name in one:
            if one[name] != other[name]:
                return Difference(one, f"{name} is {_format_pair(one[name], other[name])}")
    return None


def _align(left: pl.DataFrame, right: pl.DataFrame, key: Sequence[str]) -> Iterator[tuple[dict | None, dict | None]]:
    """Yield the rows of two tables in pairs of equal key; None for a row without a partner."""
    by_key: list[dict[tuple, list[dict]]] = [{}, {}]
    for groups, table in zip(by_key, (left, right), strict=True):
        for row in table.iter_rows(named=True):
            groups.setdefault(tuple(row[name] for name in key), []).append(row)
    for value in {**by_key[0], **by_key[1]}:
        yield from zip_longest(by_key[0].get(value, []), by_key[1].get(value, []))


def _format_pair(found: Any, expected: Any) -> str:
    return f"{_show(found, expected)}, not {_show(expected, found)}"


def _show(value: Any, other: Any) -> str:
    """Return a value as text; a long one is cut around its first difference from ``other``."""
    if not isinstance(value, str) or len(value) <= MAX_CHARS:
        return repr(value)
    other = other if isinstance(other, str) else ""
    differing = (place for place, pair in enumerate(zip(value, other, strict=False)) if pair[0] != pair[1])
    start = max(0, next(differing, min(len(value), len(other))) - MAX_CHARS // 4)
    return f"{'...' if start else ''}{value[start : start + MAX_CHARS]!r}..."


def find_value_difference(found: Any, expected: Any, path: str = "") -> str | None:
    """Return the first difference of two JSON values, such as ``labels.cat.train is 3, not 4``, or None."""
    if type(found) is type(expected) and isinstance(found, dict | list):
        left, right = (dict(enumerate(value)) if isinstance(value, list) else value for value in (found, expected))
        for key in sorted({**left, **right}):
            place = f"{path}.{key}".lstrip(".")
            if difference := find_value_difference(left.get(key, ABSENT), right.get(key, ABSENT), place):
                return difference
        return None
    if type(found) is type(expected) and found == expected:
        return None
    return f"{path or 'the value'} is {_format_pair(found, expected)}"
