"""Figures of a dataset's spans: by label and slot, by value of a list, and rows that differ in their values alone."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from pedigree.curation.spans.places import is_whole
from pedigree.dataset.spans.span import Span, from_cells
from pedigree.recipe.schema import Recipe
from pedigree.recipe.spans.slot_fit import SPANS
from pedigree.recipe.spans.slot_settings import split_optional

MOST_VALUES = 100  # of a list, with their counts: those that occur least
Row = tuple[str, str, list[Span]]  # label, text, spans


def measure_spans(rows: pl.DataFrame, recipe: Recipe) -> dict[str, Any]:
    """Return the figures of the rows (schemas.rows_schema) of a recipe with slots.

    ``slots``: of each label and slot the rows that have it, its spans and different values. ``lists``: of each list of
    values how many occur in spans, and how often (the MOST_VALUES rarest). ``same_without_values``: the share of rows
    with spans whose text is an earlier row's if each value is replaced by its slot. ``unmarked``: rows with spans in
    which a value of a list of the label stands outside of all spans.
    """
    cells = rows.select("label", recipe.text_fields[0], SPANS).iter_rows()
    read = [(label, text, from_cells(spans)) for label, text, spans in cells]
    marked = [row for row in read if row[2]]
    bare = Counter(delexicalise(text, spans) for _, text, spans in marked)
    return {
        "rows": len(read),
        "rows_with_spans": len(marked),
        "spans": sum(len(spans) for _, _, spans in marked),
        "slots": list(_count_slots(read, recipe)),
        "lists": {slot: _count_values(marked, slot, of.values) for slot, of in recipe.slots.items() if of.values},
        "same_without_values": (len(marked) - len(bare)) / len(marked) if marked else None,
        "unmarked": _count_unmarked(marked, recipe),
    }


def delexicalise(text: str, spans: Iterable[Span]) -> str:
    """Return a text with the name of the slot in place of each value, in lower case and with single spaces."""
    for span in sorted(spans, reverse=True):
        text = f"{text[: span.start]}\0{span.slot}\0{text[span.end :]}"
    return " ".join(text.casefold().split())


def _count_slots(rows: list[Row], recipe: Recipe) -> Iterator[dict[str, Any]]:
    of_label = Counter(label for label, _, _ in rows)
    for label, settings in recipe.labels.items():
        for slot, must in split_optional(settings.slots).items():
            own = [
                [text[span.start : span.end].casefold() for span in spans if span.slot == slot]
                for one, text, spans in rows
                if one == label
            ]
            values = [value for some in own for value in some]
            yield {
                "label": label,
                "slot": slot,
                "must": must,
                "of_rows": of_label[label],
                "rows": sum(map(bool, own)),
                "spans": len(values),
                "values": len(set(values)),
            }


def _count_values(rows: list[Row], slot: str, listed: list[str]) -> dict[str, Any]:
    found = Counter(
        text[span.start : span.end].casefold() for _, text, spans in rows for span in spans if span.slot == slot
    )
    counts = sorted(((value, found[value.casefold()]) for value in listed), key=lambda one: one[1])
    return {
        "values": len(listed),
        "there": sum(bool(count) for _, count in counts),
        "counts": [{"value": value, "spans": count} for value, count in counts[:MOST_VALUES]],
    }


def _count_unmarked(rows: list[Row], recipe: Recipe) -> int:
    lists = {
        label: {value.casefold() for slot in split_optional(of.slots) for value in recipe.slots[slot].values or ()}
        for label, of in recipe.labels.items()
    }
    lengths = {label: sorted({len(value) for value in values}) for label, values in lists.items()}
    return sum(_has_unmarked(text, spans, lists[label], lengths[label]) for label, text, spans in rows)


def _has_unmarked(text: str, spans: list[Span], values: set[str], lengths: list[int]) -> bool:
    taken = {place for span in spans for place in range(span.start, span.end)}
    return any(
        text[start : start + length].casefold() in values
        and taken.isdisjoint(range(start, start + length))
        and is_whole(text, start, start + length)
        for start in range(len(text))
        if start not in taken
        for length in lengths
    )
