"""Marks: ``[value](slot)`` in a text says that a piece of it is the value of a slot.

The form is that of Markdown's links, which Rasa's training data have as well: models have seen much of it, and a text
with marks is read as easily as one without. A text and its marks are read here and nowhere else.
"""

import re
import unicodedata
from collections.abc import Sequence

from pedigree.dataset.spans.span import Span

MARK = re.compile(r"\[([^\[\]]*)\]\(([^()\[\]]*)\)")
BRACKET = re.compile(r"[\[\]]")
SHOWN = 40  # characters of a text, in the words of a fault


class MarkFault(ValueError):
    """A mark that can't be read; the words say which."""


def read_marks(text: str) -> tuple[str, list[Span]]:
    """Return a text without its marks, and their spans in order.

    Spaces at the ends of a value are no part of it, and spaces at the ends of the text are removed. A slot's name is in
    lower case. Raises MarkFault for a bracket outside of a mark (unclosed or nested marks have such), a mark without a
    value or a name, and one that divides a character from its accent.
    """
    pieces: list[str] = []
    spans: list[Span] = []
    at = length = 0
    for mark in MARK.finditer(text):
        between = text[at : mark.start()]
        _check_plain(between, text, at)
        pieces += [between, mark[1]]
        value, name = mark[1].strip(), mark[2].strip().casefold()
        if not value or not name:
            raise MarkFault(f"a mark without a {'value' if name else 'slot'}: {mark[0][:SHOWN]}")
        start = length + len(between) + len(mark[1]) - len(mark[1].lstrip())
        spans.append(Span(start, start + len(value), name))
        length += len(between) + len(mark[1])
        at = mark.end()
    _check_plain(text[at:], text, at)
    plain = "".join([*pieces, text[at:]])
    if spans and unicodedata.normalize("NFC", plain) != plain and unicodedata.is_normalized("NFC", text):
        raise MarkFault("a mark divides a character from its accent")
    cut = len(plain) - len(plain.lstrip())
    return plain.strip(), [span.shift(cut) for span in spans]


def write_marks(text: str, spans: Sequence[Span]) -> str:
    """Return a text with the marks of its spans, which do not overlap."""
    for span in sorted(spans, reverse=True):
        text = f"{text[: span.start]}[{text[span.start : span.end]}]({span.slot}){text[span.end :]}"
    return text


def _check_plain(piece: str, text: str, at: int) -> None:
    if found := BRACKET.search(piece):
        place = at + found.start()
        around = text[max(0, place - SHOWN // 4) : place + SHOWN]
        raise MarkFault(f"a bracket that is no part of a mark [value](slot): {around}")
