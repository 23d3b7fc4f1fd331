"""The spans of candidates: read when an answer is parsed, and kept right where a text's beginning is cut off."""

from collections.abc import Mapping

from pedigree.curation.field_values import Rejection
from pedigree.curation.spans.reading import read_spans
from pedigree.dataset.spans.span import from_cells, to_cells
from pedigree.recipe.schema import Recipe


def add_spans(values: tuple, label: str, asked: Mapping[str, str], recipe: Recipe) -> tuple | Rejection:
    """Return a row's values with the marks of its text removed, and its spans as a last value; or the fault."""
    place = list(recipe.fields).index(recipe.text_fields[0])
    found = read_spans(values[place], label, asked, recipe)
    if isinstance(found, Rejection):
        return found
    return (*values[:place], found[0], *values[place + 1 :], found[1])


def cut_beginning(candidate: tuple, text: str, at: int, spans_at: int) -> tuple:
    """Return a candidate whose text (value ``at``) lost its beginning, with its spans (value ``spans_at``) moved.

    The candidate stays as it is if a span stood in what is cut off.
    """
    before, spans = candidate[at], from_cells(candidate[spans_at])
    cut = len(before) - len(text)
    if not before.endswith(text) or any(span.start < cut for span in spans):
        return candidate
    moved = {at: text, spans_at: to_cells(text, [span.shift(cut) for span in spans])}
    return tuple(moved.get(place, value) for place, value in enumerate(candidate))
