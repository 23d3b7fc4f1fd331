"""Reads the spans of a text that a model wrote with marks, and says why a text is no row."""

from collections.abc import Mapping
from typing import Any

from pedigree.curation.field_values import Rejection
from pedigree.curation.spans.places import find_free, find_value
from pedigree.dataset.spans.marks import MARK, MarkFault, read_marks
from pedigree.dataset.spans.span import Span, find_overlap, to_cells
from pedigree.recipe.schema import Recipe
from pedigree.recipe.spans.slot_settings import split_optional


class _Fault(Exception):
    def __init__(self, reason: str, detail: str):
        self.rejection = Rejection(reason, detail)


def read_spans(
    text: str, label: str, asked: Mapping[str, str], recipe: Recipe
) -> tuple[str, list[dict[str, Any]]] | Rejection:
    """Return a text without its marks and its spans (cells of the table), or the first fault found.

    ``asked`` are the values that the row was asked to have, by slot. A value without a mark counts where it stands
    exactly once. A label without slots has no marks, and brackets in its texts are left as they are.
    """
    slots = split_optional(recipe.labels[label].slots)
    if not slots and not MARK.search(text):
        return text, []
    try:
        plain, spans = read_marks(text)
        for span in spans:
            _check_slot(plain, span, slots, asked, recipe)
        spans += _find_unmarked(plain, spans, slots, asked)
        _check_whole(plain, spans, slots)
    except MarkFault as fault:
        return Rejection("mark-malformed", str(fault))
    except _Fault as fault:
        return fault.rejection
    return plain, to_cells(plain, spans)


def _check_slot(text: str, span: Span, slots: Mapping[str, bool], asked: Mapping[str, str], recipe: Recipe) -> None:
    """Raise _Fault for a mark of a slot that the label does not have, or with another value than it may have."""
    value = text[span.start : span.end]
    if span.slot not in slots:
        known = f"its label has {', '.join(slots)}" if slots else "its label has no slots"
        raise _Fault("unknown-slot", f"{value[:60]!r} is marked as {span.slot[:40]!r}; {known}")
    if (wanted := asked.get(span.slot)) is not None:
        if value.casefold() != wanted.casefold():
            raise _Fault("span-not-in-text", f"{value[:60]!r} is marked as {span.slot}, asked for {wanted!r}")
    elif (listed := recipe.slots[span.slot].values) and value.casefold() not in {one.casefold() for one in listed}:
        raise _Fault("wrong-type", f"{value[:60]!r} is marked as {span.slot}, and is none of its values")


def _find_unmarked(text: str, marked: list[Span], slots: Mapping[str, bool], asked: Mapping[str, str]) -> list[Span]:
    """Return the spans of values that were asked for and have no mark."""
    there, found = {span.slot for span in marked}, []
    for slot, value in asked.items():
        if slot in there or slot not in slots:
            continue
        places = find_free(text, value, marked)
        if len(places) > 1:
            raise _Fault("span-ambiguous", f"{slot} is {value!r}, which stands {len(places)} times without a mark")
        if not places and find_value(text, value):
            raise _Fault("span-overlap", f"{slot} is {value!r}, which stands inside of the value of another slot only")
        if not places and slots[slot]:
            raise _Fault("span-not-in-text", f"{slot} is {value!r}, which is not in the text")
        found += [Span(*place, slot) for place in places]
    return found


def _check_whole(text: str, spans: list[Span], slots: Mapping[str, bool]) -> None:
    """Raise _Fault for spans that overlap, and for a slot that must be there and is not."""
    if overlap := find_overlap(spans):
        one, other = overlap
        raise _Fault(
            "span-overlap",
            f"{text[one.start : one.end][:60]!r} ({one.slot}) and {text[other.start : other.end][:60]!r} "
            f"({other.slot}) share a part of the text",
        )
    there = {span.slot for span in spans}
    if missing := [slot for slot, must in slots.items() if must and slot not in there]:
        raise _Fault("missing-slot", f"no value is marked as {' or '.join(missing)}")
