"""Rows: a value for each field, made for the label, and never the label's own name."""

from collections.abc import Collection
from random import Random
from typing import Any

from pedigree.ids import seeded
from pedigree.models.offline.pairs import find_relation, write_pair
from pedigree.models.offline.phrases import label_pattern, names_label
from pedigree.models.offline.prompt_reader import AskedField, Request, find_runs
from pedigree.models.offline.texts import write_text

MAX_TRIES = 24

Row = dict[str, Any]


def write_rows(request: Request, seed: str) -> list[Row]:
    """Return the rows that a request asks for; no two have equal texts, and none is in an earlier turn."""
    rows: list[Row] = []
    taken: set[str] = set()
    for place in range(request.rows):
        row = write_row(request, place, seed, taken)
        taken.add(_texts_of(request, row))
        rows.append(row)
    return rows


def write_row(request: Request, place: int, seed: str, taken: Collection[str] = ()) -> Row:
    """Return one row of a request: a function of the request, the place (from 0) and the seed alone.

    Another try, with another seed, follows while the row names its label, contains a word to avoid, repeats a row in
    ``taken`` or of an earlier turn, or shares a run of words with a shot.
    """
    row: Row = {}
    for attempt in range(MAX_TRIES):
        row = _draft_row(request, place, seeded("offline", seed, place, attempt))
        texts = [row[field.name] for field in request.texts]
        if any(names_label(text, request.label) for text in texts):
            continue
        if any(word.casefold() in text.casefold() for text in texts for word in request.avoid):
            continue
        copied = any(text in request.written or not request.shown.isdisjoint(find_runs(text)) for text in texts)
        if not copied and _texts_of(request, row) not in taken:
            return row
    for field in request.texts:
        row[field.name] = label_pattern(request.label).sub("it", row[field.name])
    return row


def _texts_of(request: Request, row: Row) -> str:
    return "\n".join(row[field.name] for field in request.texts) if request.texts else ""


def _draft_row(request: Request, place: int, chance: Random) -> Row:
    request, texts = request.at(place), request.texts
    if relation := find_relation(request):
        topics = list(request.attributes_of(place).values())
        said = dict(zip((field.name for field in texts), write_pair(relation, topics, texts, chance), strict=True))
    else:
        said = {field.name: write_text(request, place, field, chance) for field in texts}
    return {
        field.name: said[field.name] if field.kind == "text" else _write_value(field, request.label, chance)
        for field in request.fields
    }


def _write_value(field: AskedField, label: str, chance: Random) -> Any:
    """Return a number or a category that leans to one side by label, so that a student has something to learn."""
    lean = seeded("lean", field.name, label)
    if field.kind == "category":
        return lean.choice(field.values) if chance.random() < 0.4 else chance.choice(field.values)
    low = field.low if field.low is not None else (field.high - 100 if field.high is not None else 0.0)
    high = field.high if field.high is not None else low + 100
    drawn = chance.triangular(low, high, lean.uniform(low, high))
    if field.kind == "integer":
        return min(max(round(drawn), -int(-low // 1)), int(high // 1))
    return min(max(round(drawn, 2), low), high)
