"""Compares two texts, input files, settings or sets of figures of two versions; long diffs are cut."""

import difflib
import json
from collections.abc import Mapping
from typing import Any

from pedigree.versions.diff.model import Figure, FileChange, FileKind, TextChange, ValueChange
from pedigree.versions.version_reader import VersionReader

MAX_BYTES = 1_000_000  # of a text that is compared line by line
MAX_LINES = 5_000
MAX_SHOWN = 400  # lines of a diff


def compare_texts(before: bytes | None, after: bytes | None) -> TextChange:
    """Return at most 400 lines of the unified diff of two texts; for a binary or too long file, a note instead.

    Where both texts end their lines with CR LF, as spreadsheets write them, the CR is left out.
    """
    sizes = [len(one or b"") for one in (before, after)]
    try:
        texts = [(text or b"").decode("utf-8") for text in (before, after)]
        if all("\r\n" in text for text in texts if text):
            texts = [text.replace("\r\n", "\n") for text in texts]
        one, other = (_split(text) for text in texts)
    except UnicodeDecodeError:
        return TextChange(lines=[], note=f"no UTF-8 text; {sizes[0]:,} and {sizes[1]:,} bytes")
    if max(sizes) > MAX_BYTES or max(len(one), len(other)) > MAX_LINES:
        return TextChange(lines=[], note=f"too long to compare by line; {len(one):,} and {len(other):,} lines")
    lines = list(difflib.unified_diff(one, other, lineterm=""))[2:]
    return TextChange(lines=lines[:MAX_SHOWN], left_out=max(0, len(lines) - MAX_SHOWN))


def compare_files(before: VersionReader, after: VersionReader) -> list[FileChange]:
    """Return the input files that differ, by path."""
    older, newer = before.hash_inputs(), after.hash_inputs()
    changes = []
    for path in sorted({**older, **newer}):
        if older.get(path) == newer.get(path):
            continue
        status = "added" if older.get(path) is None else "removed" if newer.get(path) is None else "changed"
        texts = [side.read(path) if path in inputs else None for side, inputs in ((before, older), (after, newer))]
        side = before if status == "removed" else after
        changes.append(FileChange(path=path, kind=_name_kind(path, side), status=status, diff=compare_texts(*texts)))
    return changes


def compare_values(before: Any, after: Any) -> list[ValueChange]:
    """Return the values that differ, by dotted key."""
    older, newer = flatten(before), flatten(after)
    return [
        ValueChange(key=key, before=older.get(key), after=newer.get(key))
        for key in sorted({**older, **newer})
        if _differ(older.get(key), newer.get(key))
    ]


def compare_figures(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Figure]:
    """Return the numbers of both versions, by dotted key; lists and other values are left out."""
    older, newer = (
        {key: value for key, value in flatten(_drop_lists(side)).items() if is_number(value)}
        for side in (before, after)
    )
    figures = []
    for key in sorted({**older, **newer}):
        one, other = older.get(key), newer.get(key)
        change = None if one is None or other is None else round(other - one, 6)
        figures.append(Figure(key=key, before=one, after=other, change=change))
    return figures


def flatten(value: Any, key: str = "") -> dict[str, Any]:
    """Return dotted key -> leaf of a JSON or YAML value; a leaf of another type, such as a date, becomes text."""
    if isinstance(value, dict | list) and value:
        leaves: dict[str, Any] = {}
        for place, part in value.items() if isinstance(value, dict) else enumerate(value):
            leaves |= flatten(part, f"{key}.{place}".lstrip("."))
        return leaves
    plain = value if value is None or isinstance(value, str | int | float | bool) else json.dumps(value, default=str)
    return {key: plain}


def is_number(value: Any) -> bool:
    """Return whether a JSON value is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _differ(one: Any, other: Any) -> bool:
    return one != other or isinstance(one, bool) != isinstance(other, bool)  # in Python, 0 == False


def _drop_lists(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {key: _drop_lists(part) for key, part in value.items() if not isinstance(part, list)}


def _split(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def _name_kind(path: str, reader: VersionReader) -> FileKind:
    if path.startswith("prompts/"):
        return "template"
    if path.startswith("expectations/"):
        return "suite"
    kinds: dict[str, FileKind] = {"held_out": "held-out", "real": "real", "seeds": "seeds", "review": "review"}
    named = {reader.recipe.get(key): kind for key, kind in kinds.items()}
    return named.get(path, "other")
