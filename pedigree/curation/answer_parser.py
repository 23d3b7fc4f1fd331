"""Parser of a model's raw answer into JSON objects: as written, or with repairs that are unambiguous.

It reads code fences and prose around the JSON, any wrapper key, a bare array, JSON lines, a single object, JSON that is
encoded as a text, a list of plain texts where the only field is a text; trailing commas, needless backslashes, raw line
breaks in strings, Python's literals. Thoughts are left out (thoughts.py). Of several blocks, those count that the
answer means (answer_blocks.py). Of a truncated array, or one with an invalid object, it reads the complete objects and
reports the invalid pieces. It never guesses a value.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pedigree.curation.answer_blocks import Element, choose_blocks
from pedigree.curation.answer_rows import Fields, ParsedObject, decode_encoded, find_rows, fold_key, is_blank
from pedigree.curation.json_repair import DECODER, DEEPEST, OBJECT_START, ObjectDecoder, measure_depth
from pedigree.curation.tables.sentences import read_sentences
from pedigree.curation.thoughts import blank_thoughts
from pedigree.recipe.schema import Recipe
from pedigree.recipe.tables.generator_keys import SENTENCES

CUT = {"length", "content_filter"}  # finish_reason of an answer that ends before it is complete
FENCE = re.compile(r"```[\w-]*")
SPACE = "\ufeff \t\r\n"


@dataclass(frozen=True)
class ParsedAnswer:
    """The objects of an answer, in order.

    ``blank`` is True for a complete answer with an empty list, ``ambiguous`` for one that does not say which of its
    blocks counts; then nothing is found. ``start`` is where the text begins that counts.
    """

    found: tuple[ParsedObject, ...]
    blank: bool = False
    ambiguous: bool = False
    start: int = 0


def read_answer(
    text: str, names: frozenset[str], cut: bool, *, sole: str | None = None, requested: int | None = None
) -> ParsedAnswer:
    """Return the objects of an answer, and its broken pieces; never raises.

    ``names`` and ``sole`` are those of ``Fields``. ``cut`` says that the provider stopped the model at its token limit;
    ``requested`` is how many rows were asked for, None if any number may be there.
    """
    fields = Fields(names, sole)
    if (whole := _read_whole(text.strip(SPACE), fields)) is not None:
        return whole
    said = blank_thoughts(text)
    plain = _strip_fence(said)
    if (whole := _read_whole(plain, fields)) is not None:
        return whole
    return _Scan(said, fields, cut).read(requested)


def read_row_answer(text: str, finish_reason: str | None, generator: str, recipe: Recipe) -> ParsedAnswer:
    """Return the objects of an answer to a prompt for rows, by the generator with this title."""
    names = frozenset(fold_key(name) for name in recipe.fields)
    texts = [name for name, field in recipe.fields.items() if field.type == "text"]
    requested = next((one.rows_per_call for one in recipe.generators if one.title == generator), None)
    sole = texts[0] if texts and len(names) == 1 else None
    answer = read_answer(text, names, finish_reason in CUT, sole=sole, requested=requested)
    as_sentences = any(one.title == generator and one.row_form == SENTENCES for one in recipe.generators)
    if as_sentences and not answer.ambiguous and all(one.broken for one in answer.found):
        said = read_sentences(text, recipe.fields, finish_reason in CUT, recipe.language_codes[0])
        return ParsedAnswer(tuple(said)) if said else answer
    return answer


def _read_whole(plain: str, fields: Fields) -> ParsedAnswer | None:
    """Return what a text gives that is one JSON value; None for any other."""
    if measure_depth(plain) > DEEPEST:
        return ParsedAnswer((ParsedObject(None, (), "malformed", plain),))
    try:
        value = decode_encoded(DECODER.decode(plain))
    except (ValueError, RecursionError):
        return None
    return ParsedAnswer(tuple(find_rows(value, fields)), is_blank(value))


def _strip_fence(text: str) -> str:
    """Return a text without the fence that holds all of it."""
    rest = text.strip()
    fence = FENCE.match(rest)
    if fence and rest.endswith("```") and len(rest) >= fence.end() + 3:
        rest = rest[fence.end() : -3]
    return rest.strip(SPACE)


class _Scan:
    """Reads a text that is not one JSON value: every object that can be decoded, from left to right."""

    def __init__(self, text: str, fields: Fields, cut: bool):
        self.text, self.fields, self.cut = text, fields, cut
        self.elements: list[Element] = []
        self.blank = False

    def read(self, requested: int | None) -> ParsedAnswer:
        """Return what the text holds. ``pending`` is where an object starts that can't be decoded."""
        decoder = ObjectDecoder(self.text)
        pending, at, end = None, self.text.find("{"), 0
        while at >= 0:
            decoded = decoder.decode(at)
            if pending is not None and (decoded or self._ends_object(pending, at)):
                self._close(pending, at)
                pending = None
            if decoded:
                value, end = decoded
                found = find_rows(value, self.fields)
                if found:
                    self.elements.append(Element(at, end, tuple(found), found[0].value is value))
                self.blank = self.blank or is_blank(value)
            elif pending is None and OBJECT_START.match(self.text, at):
                pending = at
            at = self.text.find("{", end if decoded else at + 1)
        self._finish(pending, end)
        return self._choose(requested)

    def _choose(self, requested: int | None) -> ParsedAnswer:
        chosen = choose_blocks(self.text, self.elements, requested)
        if chosen is None:
            return ParsedAnswer((), ambiguous=True)
        found = tuple(one for element in chosen for one in element.found)
        return ParsedAnswer(found, self.blank and not found, start=chosen[0].start if chosen else 0)

    def _ends_object(self, pending: int, at: int) -> bool:
        piece = self.text[pending:at].rstrip(", \t\r\n")
        return self._is_wrapper(piece) or piece.endswith("}")

    def _is_wrapper(self, piece: str) -> bool:
        if not piece.rstrip().endswith(("[", ":")):
            return False
        return not any(fold_key(key) in self.fields.names for key in re.findall(r"[\"']([^\"']+)[\"']\s*:", piece))

    def _close(self, pending: int, at: int) -> None:
        piece = self.text[pending:at]
        if not self._is_wrapper(piece):
            self._add_piece("malformed", pending, piece.rstrip(", \t\r\n"))

    def _finish(self, pending: int | None, end: int) -> None:
        start = end if pending is None else pending
        rest = self.text[start:].strip("`, \t\r\n")
        if pending is not None:
            self._add_piece("cut" if self.cut or "}" not in rest else "malformed", start, rest)
        elif self.cut and not rest.startswith(("]", "}")):
            self._add_piece("cut", len(self.text), rest)  # the rest may say that a later version follows

    def _add_piece(self, broken: Literal["malformed", "cut"], start: int, piece: str) -> None:
        self.elements.append(Element(start, start + len(piece), (ParsedObject(None, (), broken, piece),), True))


def find_spans(text: str, answer: ParsedAnswer) -> list[tuple[int, int] | None]:
    """Return the position (start, end) of each parsed object in the text, in order; None if it is unknown.

    Objects are matched by value, from left to right: of two equal ones, the first one found comes first.
    """
    said = blank_thoughts(text)
    spans: list[tuple[int, int] | None] = []
    objects, at = list(_list_objects(said)), answer.start
    for found in answer.found:
        if found.raw:
            start = said.find(found.raw, at)
            span = None if start < 0 else (start, start + len(found.raw))
        else:
            span = next((span for span, value in objects if span[0] >= at and value == found.value), None)
        spans.append(span)
        at = span[1] if span else at
    return spans


def _list_objects(text: str) -> Iterator[tuple[tuple[int, int], dict]]:
    """Yield every object that can be decoded from a brace of the text, inner ones too, by where it starts."""
    decoder, at = ObjectDecoder(text), text.find("{")
    while at >= 0:
        if decoded := decoder.decode(at):
            yield (at, decoded[1]), decoded[0]
        at = text.find("{", at + 1)
