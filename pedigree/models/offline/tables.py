"""Rows of a table: values between those of two shown rows, and labels by the nearest rows that are known.

A stand-in that tests a recipe, no model of data: it interpolates as SMOTE does (Chawla et al. 2002) and adds noise.
"""

import csv
import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from random import Random
from statistics import pstdev
from typing import Any

from pedigree.ids import seeded

NEAREST = 5  # known rows that vote on a label
JITTER = 0.15  # of the spread of the shown rows
UNKNOWN = "not known"
MOST_DECIMALS = 6
Row = dict[str, Any]


def read_shown_rows(lines: Sequence[str], columns: str, fields: Sequence[Any]) -> list[Row]:
    """Return shown rows that are no JSON, but CSV under ``columns`` or sentences; what cannot be read is left out.

    ``fields`` have ``name``, ``kind`` and limits (prompt_reader.AskedField).
    """
    kinds = {field.name: field.kind for field in fields}
    rows = []
    for line in lines:
        if columns:
            cells = next(csv.reader([line]), [])
            said = dict(zip(columns.split(","), cells, strict=False))
        else:
            said = _split_sentence(line, list(kinds))
        if set(said) == set(kinds):
            rows.append({name: _read_value(value, kinds[name]) for name, value in said.items()})
    return rows


def _split_sentence(line: str, names: list[str]) -> dict[str, str]:
    known = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    found = list(re.finditer(rf"(?:^|, )({known}) is ", line))
    ends = [*(one.start() for one in found[1:]), len(line)]
    return {one[1]: line[one.end() : end] for one, end in zip(found, ends, strict=True)}


def _read_value(said: str, kind: str) -> Any:
    if said in ("", UNKNOWN):
        return None
    if kind in ("integer", "number", "boolean") or said.startswith('"'):
        try:
            return json.loads(said)
        except ValueError:
            return None
    return said


def draft_table_row(fields: Sequence[Any], shots: Sequence[Row], chance: Random) -> Row:
    """Return a row between two shown ones: numbers and dates at one place, with noise; others of either."""
    one, other = (chance.choice(shots) for _ in range(2))
    place = chance.random()
    return {
        field.name: _mix(field, one.get(field.name), other.get(field.name), place, shots, chance) for field in fields
    }


def _mix(field: Any, one: Any, other: Any, place: float, shots: Sequence[Row], chance: Random) -> Any:
    if field.kind in ("category", "boolean") or None in (one, other):
        return chance.choice((one, other))
    known = [value for shot in shots if (value := _to_number(shot.get(field.name))) is not None]
    first, second = _to_number(one), _to_number(other)
    if first is None or second is None:
        return one
    drawn = first + place * (second - first) + chance.gauss(0, JITTER * pstdev(known))
    drawn = min(max(drawn, field.low), field.high)
    if field.kind == "integer":
        return min(max(round(drawn), math.ceil(field.low)), math.floor(field.high))
    if field.kind == "date":
        return date.fromordinal(max(round(drawn), 1)).isoformat()
    return round(drawn, max(map(_count_decimals, known)))


def _to_number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        try:
            return float(date.fromisoformat(value).toordinal())
        except ValueError:
            return None
    return float(value)


def _count_decimals(number: float) -> int:
    return min(len(repr(number).partition(".")[2].rstrip("0")), MOST_DECIMALS)


def leave_range(row: Row, fields: Sequence[Any], chance: Random) -> Row:
    """Return a row with one number or date above the highest of its field; a row without numbers as it is."""
    numbers = [field for field in fields if field.kind in ("integer", "number", "date") and field.name in row]
    if not numbers:
        return row
    field = chance.choice(numbers)
    beyond = math.floor(field.high + max(1.0, 0.2 * (field.high - field.low))) + 1
    value = date.fromordinal(beyond).isoformat() if field.kind == "date" else beyond
    return {**row, field.name: value}


def predict_label(row: Row, known: Sequence[Mapping[str, Any]], labels: Sequence[str], seed: str) -> str:
    """Return the label of most of the nearest known rows; one drawn by the seed where none is known.

    Distance is the sum over the fields of the difference in units of the known rows' spread; 1 for other values.
    """
    usable = [one for one in known if isinstance(one.get("row"), dict) and one.get("label") in labels]
    if not usable:
        return seeded("predict", seed, row).choice(list(labels))
    spreads = {}
    for name in row:
        numbers = [value for one in usable if (value := _to_number(one["row"].get(name))) is not None]
        spreads[name] = pstdev(numbers) if numbers else 0.0

    def measure(other: Row) -> float:
        total = 0.0
        for name, value in row.items():
            mine, theirs = _to_number(value), _to_number(other.get(name))
            near = mine is not None and theirs is not None and spreads[name] > 0
            total += abs(mine - theirs) / spreads[name] if near else value != other.get(name)
        return total

    nearest = sorted(usable, key=lambda one: measure(one["row"]))[:NEAREST]
    votes = Counter(one["label"] for one in nearest)
    return max(labels, key=lambda label: votes[label])
