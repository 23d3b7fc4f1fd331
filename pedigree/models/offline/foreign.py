"""Writes texts in other languages than English: sentences of the label's kind, and some that fit any label."""

import functools
from pathlib import Path
from random import Random
from typing import Any

from ruamel.yaml import YAML

from pedigree.models.offline.grammar import shorten
from pedigree.models.offline.phrases import load_phrases

ANY = "any"
FURTHER = (0, 1, 1, 2, 2)  # sentences after the first
UNSPACED = {"zh", "ja"}  # no space between two sentences


@functools.cache
def load_foreign() -> dict[str, dict[str, Any]]:
    """Return what the data file beside this module holds, by language; lines that fit any label are a list ``any``."""
    read = YAML(typ="safe").load(Path(__file__).with_name("foreign.yaml").read_text(encoding="utf-8"))
    known = load_phrases()["flaws"]["other_language"]
    return {
        language: {**kinds, ANY: kinds[ANY].splitlines() if ANY in kinds else known[language]}
        for language, kinds in read.items()
    }


def write_foreign(language: str, low: int, high: int, chance: Random) -> str:
    """Return a text in German, French or Spanish, inside its limits and of no label in particular: a fault."""
    lines = load_phrases()["flaws"]["other_language"][language]
    return _fill(lines, chance.randint(2, 19), chance, low, high)


def write_in(language: str, label: str, definition: str, low: int, high: int, chance: Random) -> str:
    """Return a text in one of the languages of ``load_foreign``, inside its limits: what the label is about, first."""
    known, count = load_foreign()[language], chance.randint(2, 19)
    own = find_lines(language, label, definition)
    if not own:
        return _fill(known[ANY], count, chance, low, high, "" if language in UNSPACED else " ")
    first = chance.choice(own)
    others = [line for line in (*own, *known[ANY]) if line != first]
    said = [first, *chance.sample(others, chance.choice(FURTHER))]
    return _join(said, own, count, chance, low, high, "" if language in UNSPACED else " ")


def find_lines(language: str, label: str, definition: str) -> list[str]:
    """Return the lines of the kind whose keywords a label (counted twice) and its definition hold; none if unknown."""
    label, definition = label.casefold(), definition.casefold()
    kinds = {name: kind for name, kind in load_foreign()[language].items() if name != ANY}
    hits = {
        name: sum(2 * (word in label) + (word in definition) for word in kind["keywords"])
        for name, kind in kinds.items()
    }
    best = max(hits, key=hits.__getitem__)
    return kinds[best]["lines"].splitlines() if hits[best] else []


def _fill(lines: list[str], count: int, chance: Random, low: int, high: int, space: str = " ") -> str:
    return _join(chance.sample(lines, chance.randint(1, 3)), lines, count, chance, low, high, space)


def _join(said: list[str], more: list[str], count: int, chance: Random, low: int, high: int, space: str) -> str:
    """Return sentences as one text of at least ``low`` characters; sentences that do not fit are left out."""
    said = [line.format(count=count) for line in said]
    while len(space.join(said)) < low:
        said.append(chance.choice(more).format(count=count))
    return shorten(space.join(said), high)
