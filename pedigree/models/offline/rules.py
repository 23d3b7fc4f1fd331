"""Rules between the columns of a table that a prompt tells: whether a row keeps them, and a row that breaks one."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from random import Random
from typing import Any

import polars as pl

from pedigree.recipe.tables.column_types import POLARS_TYPE
from pedigree.recipe.tables.expressions import CompiledCheck, compile_check

Row = dict[str, Any]


def keeps_rules(row: Row, rules: Sequence[str], fields: Sequence[Any]) -> bool:
    """Return whether no rule is false for a row; what cannot be computed, as a dependency between rows, is kept.

    ``fields`` have ``name``, ``kind`` and limits (prompt_reader.AskedField).
    """
    return all(_holds(row, rule, fields) is not False for rule in rules)


def break_rule(row: Row, rules: Sequence[str], fields: Sequence[Any], chance: Random) -> Row:
    """Return a row that breaks a rule by a swap of two values or by one at a limit; unchanged where none is found."""
    changed = list(_list_changes(row, fields))
    for rule in chance.sample(rules, len(rules)):
        for other in chance.sample(changed, len(changed)):
            if _holds(other, rule, fields) is False:
                return other
    return row


def _list_changes(row: Row, fields: Sequence[Any]) -> Iterator[Row]:
    known = [
        field for field in fields if field.kind in ("integer", "number", "date") and row.get(field.name) is not None
    ]
    for place, field in enumerate(known):
        for other in known[place + 1 :]:
            pair = {field.name: row[other.name], other.name: row[field.name]}
            if field.kind == other.kind and all(_is_inside(of, pair[of.name]) for of in (field, other)):
                yield {**row, **pair}
        for limit in (field.low, field.high):
            value = int(limit) if field.kind != "number" else limit
            yield {**row, field.name: date.fromordinal(int(limit)).isoformat() if field.kind == "date" else value}
    for field in fields:
        for value in field.values:
            yield {**row, field.name: value}


def _is_inside(field: Any, value: Any) -> bool:
    return field.low <= (date.fromisoformat(value).toordinal() if field.kind == "date" else value) <= field.high


def _holds(row: Row, rule: str, fields: Sequence[Any]) -> bool | None:
    """Return whether a rule is true of a row; None where it is null, or no expression."""
    kinds = tuple((field.name, field.kind) for field in fields)
    compiled = _compile(rule, kinds)
    if compiled is None or not set(compiled.columns) <= set(row):
        return None
    try:
        values = {name: [_read(row.get(name), kind)] for name, kind in kinds}
        table = pl.DataFrame(values, {name: POLARS_TYPE[kind] for name, kind in kinds}, strict=False)
        return table.select(compiled.holds).item()
    except (pl.exceptions.PolarsError, TypeError, ValueError):
        return None


def _read(value: Any, kind: str) -> Any:
    return date.fromisoformat(value) if kind == "date" and isinstance(value, str) else value


@lru_cache(maxsize=256)
def _compile(rule: str, kinds: tuple[tuple[str, str], ...]) -> CompiledCheck | None:
    """Return the expression of a rule, which may be followed by its meaning in brackets."""
    for said in (rule, rule.rpartition(" (")[0]):
        try:
            return compile_check(said, dict(kinds), with_label=False)
        except ValueError:
            continue
    return None
