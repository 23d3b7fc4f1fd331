"""Finds texts that people gave two labels: at least one of the labels is wrong.

Texts are compared without upper and lower case, spaces and different forms of one character (Unicode NFKC).
"""

import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from pedigree.dataset.examples import Example
from pedigree.dataset.record_files import name_place
from pedigree.recipe.schema import Recipe

SHOWN_CHARS = 60


def find_contradictions(files: Mapping[str, Sequence[Example]], recipe: Recipe) -> list[str]:
    """Return one sentence for each text that has several labels in these files, with its rows.

    Rows without a text field are not compared: equal numbers and categories may well have different labels.
    """
    if not recipe.text_fields:
        return []
    found: dict[tuple[str, ...], dict[str, tuple[str, Example]]] = {}
    for path, examples in files.items():
        for example in examples:
            found.setdefault(_fold(example), {}).setdefault(example.label, (path, example))
    return [_describe([*rows.values()]) for rows in found.values() if len(rows) > 1]


def _fold(example: Example) -> tuple[str, ...]:
    texts = (unicodedata.normalize("NFKC", str(value)).casefold() for value in example.fields.values())
    return tuple(" ".join(text.split()) for text in texts)


def _describe(rows: Sequence[tuple[str, Example]]) -> str:
    text = " ".join(rows[0][1].text.split())
    shown = text if len(text) <= SHOWN_CHARS else f"{text[: SHOWN_CHARS - 1]}…"
    labels = [f"{one.label!r} ({name_place(Path(path), one.line)})" for path, one in rows]
    return f"{shown!r} is {' and '.join(labels)}"
