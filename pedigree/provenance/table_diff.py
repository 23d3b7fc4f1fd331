"""The first difference between two tables, said so that people find it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import polars as pl

MAX_CHARS = 80


class _Absent:
    """Stands where one of two values has nothing."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()


@dataclass(frozen=True)
class Difference:
    """A row that differs: as it is in the table (or as it should be, where the table lacks it), and what differs."""

    row: dict[str, Any]
    says: str

    def where(self, *columns: str) -> str:
        """Return what names the row, such as ``row_id 3fa2..., label billing-dispute``."""
        return ", ".join(f"{name} {self.row[name]}" for name in columns if name in self.row)


def find_difference(given: pl.DataFrame, made: pl.DataFrame, key: Sequence[str]) -> Difference | None:
    """Return the first difference in the order of ``key``, or None where both tables say the same.

    The order of rows and columns does not count.
    """
    if (odd := sorted(set(given.columns) ^ set(made.columns))) or given.height + made.height == 0:
        return (
            Difference({}, f"the column {odd[0]} should {'not ' if odd[0] in given.columns else ''}be") if odd else None
        )
    one, other = given.sort(key, maintain_order=True), made.select(given.columns).sort(key, maintain_order=True)
    if one.equals(other):
        return None
    for mine, theirs in _align(one, other, key):
        if theirs is None or mine is None:
            return Difference(mine or theirs, "it should not be here" if theirs is None else "it is missing")
        for name in mine:
            if mine[name] != theirs[name]:
                return Difference(
                    mine, f"{name} is {_show(mine[name], theirs[name])}, not {_show(theirs[name], mine[name])}"
                )
    return None


def _align(one: pl.DataFrame, other: pl.DataFrame, key: Sequence[str]) -> Iterator[tuple[dict | None, dict | None]]:
    """Yield the rows of two sorted tables side by side; a row without a partner stands alone."""
    rows = [{}, {}]
    for held, table in zip(rows, (one, other), strict=True):
        for row in table.iter_rows(named=True):
            held.setdefault(tuple(row[name] for name in key), []).append(row)
    for place in {**rows[0], **rows[1]}:
        yield from zip_longest(rows[0].get(place, []), rows[1].get(place, []))


def _show(value: Any, other: Any) -> str:
    """Return a value, a long text from shortly before where it first differs from another."""
    if not isinstance(value, str) or len(value) <= MAX_CHARS:
        return repr(value)
    other = other if isinstance(other, str) else ""
    at = next(
        (place for place, (a, b) in enumerate(zip(value, other, strict=False)) if a != b), min(len(value), len(other))
    )
    start = max(0, at - MAX_CHARS // 4)
    return f"{'...' if start else ''}{value[start : start + MAX_CHARS]!r}..."


def find_value(given: Any, made: Any, path: str = "") -> str | None:
    """Return the first place at which two JSON values differ, such as ``labels.cat.train is 3, not 4``, or None."""
    if type(given) is type(made) and isinstance(given, dict | list):
        parts = (
            zip_longest(enumerate(given), enumerate(made))
            if isinstance(given, list)
            else (((key, given.get(key, ABSENT)), (key, made.get(key, ABSENT))) for key in sorted({**given, **made}))
        )
        for mine, theirs in parts:
            (place, one), (_, other) = mine or (len(given), ABSENT), theirs or (len(made), ABSENT)
            if found := find_value(one, other, f"{path}.{place}".lstrip(".")):
                return found
        return None
    if type(given) is type(made) and given == made:
        return None
    return f"{path or 'the value'} is {_show(given, made)}, not {_show(made, given)}"
