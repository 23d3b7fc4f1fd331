"""Parser of a model's raw answer into JSON objects: as written, or with repairs that are unambiguous.

It reads code fences, prose and reasoning around the JSON, any wrapper key, a bare array, JSON lines, a single object;
trailing commas, needless backslashes, raw line breaks in strings, Python's literals. Of a truncated array, or one with
an invalid object, it reads the complete objects and reports the invalid pieces. It never guesses a value.
"""

import ast
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

DEEPEST = 64  # brackets within brackets; rows nest 3 deep
MAX_REPAIRS = 200  # an answer with more broken objects is hopeless, and each try reads to its end

REASONING = re.compile(r"</\s*(?:think|thinking|reasoning|thought)\s*>", re.IGNORECASE)
UNENDED_REASONING = re.compile(r"\s*<\s*(?:think|thinking|reasoning|thought)\s*>", re.IGNORECASE)
FENCE = re.compile(r"```[\w-]*")
BRACKET = re.compile(r"[\[\]{}]")
OBJECT_START = re.compile(r"\{\s*(?:[\"'“]|\w+\s*:|$)")
# A string without an end is one token, to the end of the text: time stays linear.
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[{}\[\]]', re.DOTALL)
PYTHON_TOKEN = re.compile(r""""(?:[^"\\]|\\.)*+"?|'(?:[^'\\]|\\.)*+'?|[{}\[\]]""", re.DOTALL)
STRING_OR_QUIRK = re.compile(r'("(?:[^"\\]|\\.)*+"?)|,(?=\s*[}\]])|\b(?:None|True|False)\b', re.DOTALL)
NEEDLESS_BACKSLASH = re.compile(r'(\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))|\\')
JSON_WORDS = {"None": "null", "True": "true", "False": "false", ",": ""}


class Repeated(dict):
    """An object that has a key twice, so its value is ambiguous."""


@dataclass(frozen=True)
class ParsedObject:
    """One object of an answer, or a piece that can't be parsed.

    ``value`` is the object, or what stands in an object's place; ``around`` are the keys and labels of the wrappers
    that hold it. A piece has ``value`` null, ``broken`` says how, and ``raw`` is its text.
    """

    value: Any
    around: tuple[str, ...] = ()
    broken: Literal["", "malformed", "cut"] = ""
    raw: str = ""


@dataclass(frozen=True)
class ParsedAnswer:
    """The objects of an answer, in order. ``blank`` is True for a complete answer with an empty list."""

    found: tuple[ParsedObject, ...]
    blank: bool = False


def read_answer(text: str, fields: frozenset[str], cut: bool) -> ParsedAnswer:
    """Return the objects of an answer, and its broken pieces; never raises.

    ``fields`` are the names that make an object a row, as ``fold_key`` gives them. ``cut`` says that the provider
    stopped the model at its token limit.
    """
    for plain in _strip_wrapping(text):
        if _measure_depth(plain) > DEEPEST:
            return ParsedAnswer((ParsedObject(None, (), "malformed", plain),))
        try:
            value = DECODER.decode(plain)
        except (ValueError, RecursionError):
            continue
        return ParsedAnswer(tuple(_walk(value, fields, ())), _is_blank(value))
    return _Scan(plain, fields, cut).read()


def find_spans(text: str, answer: ParsedAnswer) -> list[tuple[int, int] | None]:
    """Return the position (start, end) of each parsed object in the text, in order; None if it is unknown.

    Objects are matched by value, from left to right: of two equal ones, the first one found comes first.
    """
    spans: list[tuple[int, int] | None] = []
    objects, at = _list_objects(text), max((end.end() for end in REASONING.finditer(text)), default=0)
    for found in answer.found:
        if found.broken:
            start = text.find(found.raw, at)
            span = None if start < 0 else (start, start + len(found.raw))
        else:
            span = next((span for span, value in objects if span[0] >= at and value == found.value), None)
        spans.append(span)
        at = span[1] if span else at
    return spans


def fold_key(key: str) -> str:
    """Return a key without what models vary in it: case, and spaces, dashes and underscores between words."""
    return re.sub(r"[\s_-]+", "_", key.strip().casefold())


def _strip_wrapping(text: str) -> Iterator[str]:
    """Yield the text as it is, and without reasoning and without a fence that holds all of the rest."""
    yield text.strip("\ufeff \t\r\n")
    rest = REASONING.split(text)[-1]
    if UNENDED_REASONING.match(rest):
        rest = ""
    rest = rest.strip()
    fence = FENCE.match(rest)
    if fence and rest.endswith("```") and len(rest) >= fence.end() + 3:
        rest = rest[fence.end() : -3]
    yield rest.strip("\ufeff \t\r\n")


def _measure_depth(text: str) -> int:
    """Return how deep brackets nest at most, counting those in strings: a bound that does not depend on the stack."""
    if text.count("{") + text.count("[") <= DEEPEST:
        return 0
    depth = deepest = 0
    for bracket in BRACKET.findall(text):
        depth = depth + 1 if bracket in "[{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest


def _read_integer(digits: str) -> int | float:
    return int(digits) if len(digits) < 300 else float(digits)


def _read_object(pairs: list[tuple[str, Any]]) -> dict:
    value = dict(pairs)
    return value if len(value) == len(pairs) else Repeated(value)


DECODER = json.JSONDecoder(strict=False, parse_int=_read_integer, object_pairs_hook=_read_object)


def _is_blank(value: Any) -> bool:
    return value == [] or (isinstance(value, dict) and [] in value.values() and not any(value.values()))


def _walk(value: Any, fields: frozenset[str], around: tuple[str, ...], in_list: bool = False) -> Iterator[ParsedObject]:
    """Yield the rows of a decoded value: objects with a field's name, and what stands beside them in lists."""
    if isinstance(value, list):
        if any(isinstance(item, dict | list) for item in value):
            for item in value:
                yield from _walk(item, fields, around, in_list=True)
    elif isinstance(value, dict):
        if any(fold_key(key) in fields and not isinstance(held, dict | list) for key, held in value.items()):
            yield ParsedObject(value, around)
            return
        stated = tuple(held for key, held in value.items() if fold_key(key) == "label" and isinstance(held, str))
        inner = [
            found
            for key, held in value.items()
            if isinstance(held, dict | list)
            for found in _walk(held, fields, (*around, *stated, key))
        ]
        yield from inner or ([ParsedObject(value, around)] if in_list else [])
    elif in_list:
        yield ParsedObject(value, around)


class _Scan:
    """Reads a text that is not one JSON value: every object that can be decoded, from left to right."""

    def __init__(self, text: str, fields: frozenset[str], cut: bool):
        self.text, self.fields, self.cut = text, fields, cut
        self.found: list[ParsedObject] = []
        self.blank = False
        self.repairs = 0

    def read(self) -> ParsedAnswer:
        """Return what the text holds. ``pending`` is where an object starts that can't be decoded."""
        pending, at, end = None, self.text.find("{"), 0
        while at >= 0:
            decoded = self._decode(at)
            if pending is not None and (decoded or self._ends_object(pending, at)):
                self._close(pending, at)
                pending = None
            if decoded:
                value, end = decoded
                self.found.extend(_walk(value, self.fields, ()))
                self.blank = self.blank or _is_blank(value)
            elif pending is None and OBJECT_START.match(self.text, at):
                pending = at
            at = self.text.find("{", end if decoded else at + 1)
        self._finish(pending, end)
        return ParsedAnswer(tuple(self.found), self.blank and not self.found)

    def _ends_object(self, pending: int, at: int) -> bool:
        piece = self.text[pending:at].rstrip(", \t\r\n")
        return self._is_wrapper(piece) or piece.endswith("}")

    def _is_wrapper(self, piece: str) -> bool:
        if not piece.rstrip().endswith(("[", ":")):
            return False
        return not any(fold_key(key) in self.fields for key in re.findall(r"[\"']([^\"']+)[\"']\s*:", piece))

    def _close(self, pending: int, at: int) -> None:
        piece = self.text[pending:at]
        if not self._is_wrapper(piece):
            self.found.append(ParsedObject(None, (), "malformed", piece.rstrip(", \t\r\n")))

    def _finish(self, pending: int | None, end: int) -> None:
        rest = self.text[end if pending is None else pending :].strip("`, \t\r\n")
        if pending is not None:
            self.found.append(ParsedObject(None, (), "cut" if self.cut or "}" not in rest else "malformed", rest))
        elif self.cut and not rest.startswith(("]", "}")):
            self.found.append(ParsedObject(None, (), "cut", rest))

    def _decode(self, at: int) -> tuple[dict, int] | None:
        try:
            return DECODER.raw_decode(self.text, at)
        except (ValueError, RecursionError):
            pass
        if self.repairs >= MAX_REPAIRS or not OBJECT_START.match(self.text, at):
            return None
        self.repairs += 1
        end = _find_end(self.text, at)
        value = None if end is None else _repair(self.text[at:end])
        return None if value is None or end is None else (value, end)


def _list_objects(text: str) -> list[tuple[tuple[int, int], dict]]:
    """Return every object that can be decoded from a brace of the text, inner ones too, by where it starts."""
    objects, scan, at = [], _Scan(text, frozenset(), cut=False), text.find("{")
    while at >= 0:
        if decoded := scan._decode(at):
            objects.append(((at, decoded[1]), decoded[0]))
        at = text.find("{", at + 1)
    return objects


def _find_end(text: str, at: int) -> int | None:
    """Return where the object that starts at ``at`` ends, or None if it does not end."""
    depth = 0
    for token in (PYTHON_TOKEN if _is_python(text, at) else TOKEN).finditer(text, at):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token[0], 0)
        if depth == 0:
            return token.end()
    return None


def _is_python(text: str, at: int) -> bool:
    return bool(re.compile(r"\{\s*'").match(text, at))


def _repair(piece: str) -> dict | None:
    try:
        if _is_python(piece, 0):
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # an escape that Python does not know is a doubt
                value = DECODER.decode(json.dumps(ast.literal_eval(piece)))
        else:
            value = DECODER.decode(STRING_OR_QUIRK.sub(_repair_token, piece))
    except (ValueError, SyntaxError, SyntaxWarning, DeprecationWarning, MemoryError, RecursionError, TypeError):
        return None
    return value if isinstance(value, dict) else None


def _repair_token(token: re.Match) -> str:
    if token[1] is None:
        return JSON_WORDS[token[0]]
    return NEEDLESS_BACKSLASH.sub(lambda escape: escape[1] or "", token[1])
