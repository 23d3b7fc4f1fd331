"""Decoding of JSON objects inside a text: as written, or with repairs that are unambiguous.

Trailing commas, needless backslashes, raw line breaks in strings and Python's literals are repaired. No value is
guessed.
"""

import ast
import json
import re
import warnings
from typing import Any

DEEPEST = 64  # brackets within brackets; rows nest 3 deep
MAX_REPAIRS = 200  # an answer with more broken objects is hopeless, and each try reads to its end

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


def _read_integer(digits: str) -> int | float:
    return int(digits) if len(digits) < 300 else float(digits)


def _read_object(pairs: list[tuple[str, Any]]) -> dict:
    value = dict(pairs)
    return value if len(value) == len(pairs) else Repeated(value)


DECODER = json.JSONDecoder(strict=False, parse_int=_read_integer, object_pairs_hook=_read_object)


def measure_depth(text: str) -> int:
    """Return how deep brackets nest at most, counting those in strings: a bound that does not depend on the stack."""
    if text.count("{") + text.count("[") <= DEEPEST:
        return 0
    depth = deepest = 0
    for bracket in BRACKET.findall(text):
        depth = depth + 1 if bracket in "[{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest


class ObjectDecoder:
    """Decodes the objects of one text; the number of repairs is limited."""

    def __init__(self, text: str):
        self._text = text
        self._repairs = 0

    def decode(self, at: int) -> tuple[dict, int] | None:
        """Return the object that starts at ``at``, and where it ends; None if it can't be decoded."""
        try:
            return DECODER.raw_decode(self._text, at)
        except (ValueError, RecursionError):
            pass
        if self._repairs >= MAX_REPAIRS or not OBJECT_START.match(self._text, at):
            return None
        self._repairs += 1
        end = _find_end(self._text, at)
        value = None if end is None else _repair(self._text[at:end])
        return None if value is None or end is None else (value, end)


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
