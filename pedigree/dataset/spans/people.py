"""The spans of rows that people wrote: inline marks, or a key ``spans`` with offsets."""

import json
from typing import Any

from pedigree.dataset.spans.marks import MARK, MarkFault, read_marks
from pedigree.dataset.spans.span import Span, find_overlap
from pedigree.errors import RecipeError
from pedigree.recipe.schema import Recipe
from pedigree.recipe.spans.slot_fit import SPANS
from pedigree.recipe.spans.slot_settings import split_optional

EXPECTED = '[{"slot": "city", "start": 8, "end": 13}, ...], with offsets in code points from 0'


def read_people_spans(where: str, record: dict, text: str, label: str, recipe: Recipe) -> tuple[str, tuple[Span, ...]]:
    """Return the text of a record without marks, and its spans by their place.

    With a key ``spans`` (a list, or a list as JSON text) the text is taken as it is. ``where`` names the record. Raises
    RecipeError for a mark or an offset that is wrong, a slot that the label does not have, and overlapping spans.
    """
    slots = split_optional(recipe.labels[label].slots)
    given = record.get(SPANS)
    if given not in (None, ""):
        plain, spans = text, _read_offsets(where, given, text)
    elif slots or MARK.search(text):
        try:
            plain, spans = read_marks(text)
        except MarkFault as fault:
            raise RecipeError(
                f"{where}: {fault}",
                expected="marks as in: fly to [Paris](city)",
                hint=f"correct the mark; a text with other brackets needs a key {SPANS!r}, which may be an empty list",
            ) from None
    else:
        return text, ()
    for span in spans:
        if span.slot not in slots:
            known = f"the slots of label {label!r}: {', '.join(slots)}" if slots else f"no span: {label!r} has no slots"
            raise RecipeError(f"{where}: a span of the slot {span.slot!r}", expected=known)
    if overlap := find_overlap(spans):
        raise RecipeError(f"{where}: {overlap[0]} and {overlap[1]} overlap", expected="spans that share no character")
    return plain, tuple(sorted(spans))


def _read_offsets(where: str, given: Any, text: str) -> list[Span]:
    try:
        listed = json.loads(given) if isinstance(given, str) else list(given)
        spans = [Span(one["start"], one["end"], one["slot"]) for one in listed]
    except (ValueError, TypeError, KeyError):
        raise RecipeError(f"{where}: spans is {str(given)[:100]}", expected=EXPECTED) from None
    for one, span in zip(listed, spans, strict=True):
        whole = all(type(place) is int for place in (span.start, span.end)) and isinstance(span.slot, str)
        if not whole or not 0 <= span.start < span.end <= len(text):
            raise RecipeError(f"{where}: no such span in a text of {len(text)} characters: {one}", expected=EXPECTED)
        value = text[span.start : span.end]
        if one.get("value") not in (None, value):
            raise RecipeError(
                f"{where}: the text has {value!r} from {span.start} to {span.end}, not {one['value']!r}",
                expected=EXPECTED,
                hint="count code points, not bytes and not UTF-16 units",
            )
        if value != value.strip():
            raise RecipeError(f"{where}: the span {value!r} has spaces at an end", expected="the value alone")
    return spans
