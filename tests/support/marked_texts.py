"""Recipes with slots, and texts with spans of any script for tests."""

from typing import Any

from hypothesis import strategies as st

from pedigree.dataset.spans.span import Span

SLOTS = {
    "from_city": {"values": ["Paris", "Rome", "New York"]},
    "to_city": {"values": ["Paris", "Rome", "Kyiv", "York"]},
    "day": {"means": "the day of the flight"},
}
LABELS = {
    "cat": {"share": 0.5, "means": "books a flight", "slots": ["from_city", "to_city", "day?"]},
    "dog": {"share": 0.5, "means": "asks something else"},
}
MARKED: dict[str, Any] = {"slots": SLOTS, "labels": LABELS}  # changes of the recipe of tests.support.workspaces
# Letters with accents apart, emoji of one and of several code points, Arabic, Chinese, Thai, Hindi.
PIECES = [
    "Paris",
    "e\u0301",
    "é",
    "👩\u200d💻",
    "👍🏽",
    "مرحبا",
    "北京",
    "สวัสดี",
    "हिन्दी",
    "!",
    "  ",
    "\n",
    "a",
    "\u0301",
]


def marked_pieces() -> st.SearchStrategy[list[tuple[str, str]]]:
    """Return lists of (piece of a text, slot); the slot is empty for a piece that is no value."""
    text = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join)
    value = text.map(str.strip).filter(bool)
    return st.lists(st.one_of(st.tuples(text, st.just("")), st.tuples(value, st.sampled_from(["city", "day"]))))


def join_pieces(pieces: list[tuple[str, str]]) -> tuple[str, list[Span]]:
    """Return the text of pieces, and the spans of those that are values."""
    text, spans = "", []
    for piece, slot in pieces:
        if slot:
            spans.append(Span(len(text), len(text) + len(piece), slot))
        text += piece
    return text, spans
