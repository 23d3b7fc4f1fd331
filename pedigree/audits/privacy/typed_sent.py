"""Which rows of people without texts stand in a message: all their values in one line, whatever the form."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pedigree.ids import canonical_json

_TOKEN = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[^\W\d_]+")
FEWEST = 3  # values of a row: fewer stand in other lines by chance


def find_sent_lines(messages: Iterable[str], rows: Sequence[Mapping[str, Any]]) -> list[bool]:
    """Return for each row (its values by field) whether some line of a message holds all its values.

    Numbers are compared as numbers and words without case; a missing value is not looked for. A row of fewer than three
    values is never found. A line that holds the values in other fields counts, too: this errs towards 'sent'.
    """
    lines = list({frozenset(_cut(line)) for message in messages for line in message.splitlines()})
    places: dict[str, set[int]] = {}
    for place, tokens in enumerate(lines):
        for token in tokens:
            places.setdefault(token, set()).add(place)
    return [_stands_in(row, places) for row in rows]


def _stands_in(row: Mapping[str, Any], places: Mapping[str, set[int]]) -> bool:
    there = [value for value in row.values() if value is not None]
    if len(there) < FEWEST:
        return False
    tokens = {token for value in there for token in _cut(_write(value))}
    found = sorted((places.get(token, set()) for token in tokens), key=len)
    return bool(found) and bool(set.intersection(*found))


def _write(value: Any) -> str:
    return value if isinstance(value, str) else canonical_json([value]).strip('[]"')


def _cut(text: str) -> list[str]:
    return [_fold(token) for token in _TOKEN.findall(re.sub(r"(?<=\d)-(?=\d)", " ", text))]


def _fold(token: str) -> str:
    try:
        return repr(float(token))
    except ValueError:
        return token.casefold()
