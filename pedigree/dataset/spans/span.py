"""A span: a piece of a text that is the value of a slot. Offsets count code points, as Python's strings do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any


@dataclass(frozen=True, order=True)
class Span:
    """``text[start:end]`` is the value of a slot; ``start`` counts code points from 0, ``end`` is behind the last."""

    start: int
    end: int
    slot: str

    def of(self, text: str) -> dict[str, Any]:
        """Return the span as the table has it: slot, value, start, end."""
        return {"slot": self.slot, "value": text[self.start : self.end], "start": self.start, "end": self.end}

    def shift(self, by: int) -> "Span":
        """Return the span moved to the left by so many code points."""
        return Span(self.start - by, self.end - by, self.slot)


def to_cells(text: str, spans: Iterable[Span]) -> list[dict[str, Any]]:
    """Return the spans of a text as the table has them, by their place."""
    return [span.of(text) for span in sorted(spans)]


def from_cells(cells: Iterable[dict[str, Any]] | None) -> list[Span]:
    """Return spans from the cells of a table; null is no span."""
    return [Span(cell["start"], cell["end"], cell["slot"]) for cell in cells or ()]


def find_overlap(spans: Sequence[Span]) -> tuple[Span, Span] | None:
    """Return the first two spans that share a character; None if there are none."""
    ordered = sorted(spans)
    return next(((one, other) for one, other in pairwise(ordered) if other.start < one.end), None)
