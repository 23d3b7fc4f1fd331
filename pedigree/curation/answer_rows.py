"""The rows of a decoded JSON value: objects that have a field's name, under any wrapper."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from pedigree.curation.json_repair import DECODER

# Keys of a list of plain texts that are rows beyond doubt, besides the field's own name.
LISTS = {"rows", "row", "items", "item", "data", "entries", "examples", "samples", "texts", "list"}
LISTS |= {"result", "results", "output", "outputs", "answer", "answers"}
CONTAINERS = (dict, list)
REMEMBERED = 10_000  # keys whose folded form is remembered: answers repeat few
WITHDRAWN = {"draft", "drafts", "first_draft", "rough_draft", "scratchpad"}
WITHDRAWN |= {"thinking", "thought", "thoughts", "reasoning", "analysis"}


@dataclass(frozen=True)
class Fields:
    """What makes an object a row: ``names`` of the fields as ``fold_key`` gives them.

    ``sole`` is the name of the only field, if it is a text: then a list of plain texts is a list of rows too.
    """

    names: frozenset[str]
    sole: str | None = None


class ParsedObject(NamedTuple):
    """One object of an answer, or a piece that can't be parsed.

    ``value`` is the object, or what stands in an object's place; ``around`` are the keys and labels of the wrappers
    that hold it. A piece has ``value`` null, ``broken`` says how, and ``raw`` is its text; a row that is a sentence has
    its text there, too. ``says`` is what exactly is wrong with a piece, "" where nothing more is known.
    """

    value: Any
    around: tuple[str, ...] = ()
    broken: Literal["", "malformed", "cut"] = ""
    raw: str = ""
    says: str = ""


@lru_cache(REMEMBERED)
def fold_key(key: str) -> str:
    """Return a key without what models vary in it: case, and spaces, dashes and underscores between words."""
    return re.sub(r"[\s_-]+", "_", key.strip().casefold())


def is_blank(value: Any) -> bool:
    """Return whether a value is a complete, empty list of rows."""
    return value == [] or (isinstance(value, dict) and [] in value.values() and not any(value.values()))


def decode_encoded(value: Any) -> Any:
    """Return the list or object that a text holds as JSON, also if it is encoded twice; any other value unchanged."""
    held = value
    for _ in range(2):
        if not isinstance(held, str) or not held.strip().startswith(("[", "{", '"')):
            break
        try:
            held = DECODER.decode(held.strip())
        except (ValueError, RecursionError):
            break
    return held if isinstance(held, dict | list) else value


def find_rows(value: Any, fields: Fields, around: tuple[str, ...] = ()) -> list[ParsedObject]:
    """Return the rows of a decoded value, and what stands beside them in lists."""
    found = list(_walk(value, fields, around))
    if not found and fields.sole is not None:
        found = [ParsedObject({fields.sole: text}, around) for text, around in _list_plain_texts(value, fields.sole)]
    return found


def _walk(value: Any, fields: Fields, around: tuple[str, ...], in_list: bool = False) -> Iterator[ParsedObject]:
    if isinstance(value, list):
        items = _decode_items(value)
        if any(isinstance(item, dict | list) for item in items):
            for item in items:
                if isinstance(item, dict) and _is_row(item, fields):  # nearly every item: no generator for each
                    yield ParsedObject(item, around)
                else:
                    yield from _walk(item, fields, around, in_list=True)
    elif isinstance(value, dict):
        if _is_row(value, fields):
            yield ParsedObject(value, around)
            return
        inner = list(_walk_wrapper(value, fields, around))
        yield from inner or ([ParsedObject(value, around)] if in_list else [])
    elif in_list:
        yield ParsedObject(value, around)


def _is_row(value: dict, fields: Fields) -> bool:
    plain = [key for key, held in value.items() if not isinstance(held, CONTAINERS)]
    return not fields.names.isdisjoint(map(fold_key, plain))


def _decode_items(items: list) -> list:
    """Return the items of a list; objects if each of them is a text that holds one as JSON."""
    if not any(isinstance(item, str) for item in items):
        return items
    decoded = [decode_encoded(item) for item in items]
    return decoded if all(isinstance(item, dict) for item in decoded) else items


def _walk_wrapper(value: dict, fields: Fields, around: tuple[str, ...]) -> Iterator[ParsedObject]:
    """Yield the rows below the keys of an object; those of a draft only if no other key holds any."""
    found: dict[str, list[ParsedObject]] = {}
    for key, held in value.items():
        if isinstance(held := decode_encoded(held), dict | list):
            found[key] = list(_walk(held, fields, (*around, *_list_labels(value), key)))
    held_outside = any(rows for key, rows in found.items() if fold_key(key) not in WITHDRAWN)
    for key, rows in found.items():
        if not held_outside or fold_key(key) not in WITHDRAWN:
            yield from rows


def _list_labels(value: dict) -> tuple[str, ...]:
    return tuple(held for key, held in value.items() if fold_key(key) == "label" and isinstance(held, str))


def _list_plain_texts(value: Any, sole: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the texts of a value that is one list of plain texts, bare or under a key that says what it is."""
    around: tuple[str, ...] = ()
    name = fold_key(sole)
    while isinstance(value, dict):
        lists = [key for key, held in value.items() if isinstance(decode_encoded(held), dict | list)]
        if len(lists) != 1 or fold_key(lists[0]) not in LISTS | {name, f"{name}s"}:
            return
        around = (*around, *_list_labels(value), lists[0])
        value = decode_encoded(value[lists[0]])
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        yield from ((item, around) for item in value)
