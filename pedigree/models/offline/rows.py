"""Rows: a value for each field, made for the label, and never the label's own name."""

import json
import math
from collections.abc import Collection
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from pedigree.ids import seeded
from pedigree.models.offline.marks import count_shown, write_marked
from pedigree.models.offline.pairs import find_relation, write_pair
from pedigree.models.offline.phrases import label_pattern, names_label
from pedigree.models.offline.prompt_reader import AskedField, Request, find_runs
from pedigree.models.offline.rules import keeps_rules
from pedigree.models.offline.tables import draft_table_row
from pedigree.models.offline.texts import write_set, write_text

MAX_TRIES = 24
SHORTEST = 20  # characters of a text besides the values of its slots

Row = dict[str, Any]


def write_rows(request: Request, seed: str) -> list[Row]:
    """Return the rows that a request asks for; no two have equal texts, and none is in an earlier turn."""
    rows: list[Row] = []
    for place in range(request.rows):
        rows.append(write_row(request, place, seed, {_texts_of(request, row) for row in rows}))
    return rows


def write_row(request: Request, place: int, seed: str, taken: Collection[str] = ()) -> Row:
    """Return one row of a request: a function of the request, the place (from 0) and the seed alone.

    Another try, with another seed, follows while the row names its label, contains a word to avoid, repeats a row in
    ``taken`` or of an earlier turn, or shares a run of words with a shot.
    """
    row: Row = {}
    shown = {run for shot in request.shots + request.sources for text in shot.values() for run in find_runs(str(text))}
    if request.sources:
        request = request.but(shots=[request.sources[place % len(request.sources)]])
    for attempt in range(MAX_TRIES):
        row = _draft_row(request, place, seeded("offline", seed, place, attempt))
        texts = [row[field.name] for field in request.texts]
        faulty = any(
            any(names_label(text, label) for label in request.names)
            or any(word.casefold() in text.casefold() for word in request.avoid)
            or text in request.written
            or not shown.isdisjoint(find_runs(text))
            for text in texts
        )
        faulty |= not request.texts and row in request.shots
        faulty |= bool(request.rules) and not keeps_rules(row, request.rules, request.fields)
        if not faulty and _texts_of(request, row) not in taken:
            return row
    for label in request.names:
        row |= {field.name: label_pattern(label).sub("it", row[field.name]) for field in request.texts}
    return row


def _texts_of(request: Request, row: Row) -> str:
    """Return what makes two rows the same: their texts or, without any, all values."""
    return "\n".join(row[field.name] for field in request.texts) if request.texts else json.dumps(row)


def _draft_row(request: Request, place: int, chance: Random) -> Row:
    texts = request.texts
    if request.shots and not texts:
        return draft_table_row(request.fields, request.shots, chance)
    if relation := find_relation(request):
        said = write_pair(relation, request.attributes_of(place).values(), texts, chance)
    else:
        said = {field.name: write_set(request, place, field, chance) for field in texts}
    if request.slots and texts:
        said[texts[0].name] = _join_marked(request, place, texts[0], chance)
    return {
        field.name: said[field.name] if field.kind == "text" else _write_value(field, request.label, chance)
        for field in request.fields
    }


def _join_marked(request: Request, place: int, field: AskedField, chance: Random) -> str:
    """Return a text with the values of slots marked, in the field's limits if the values leave room for more."""
    marked = write_marked(request, place, chance)
    room = field.high - count_shown(marked) - 1 if marked else field.high
    if room < SHORTEST:
        return marked
    text = write_text(request, place, replace(field, low=min(field.low, room), high=room), chance)
    pair = (marked, text) if chance.random() < 0.5 else (text, marked)
    return " ".join(filter(None, pair))


def _write_value(field: AskedField, label: str, chance: Random) -> Any:
    """Return a value that is no text; it leans to one side by label, so that a student has something to learn."""
    if field.missing and chance.random() < field.missing:
        return None
    lean = seeded("lean", field.name, label)
    if field.kind == "category":
        return lean.choice(field.values) if chance.random() < 0.4 else chance.choice(field.values)
    if field.kind == "boolean":
        return chance.random() < lean.uniform(0.2, 0.8)
    drawn = chance.triangular(field.low, field.high, lean.uniform(field.low, field.high))
    if field.kind == "integer":
        return min(max(round(drawn), math.ceil(field.low)), math.floor(field.high))
    if field.kind == "date":
        return date.fromordinal(max(round(drawn), 1)).isoformat()
    return min(max(round(drawn, 2), field.low), field.high)
