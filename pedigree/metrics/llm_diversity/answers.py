"""Reads the answers of a model that scores diversity: its criteria, and its groups of a sample."""

import re
from typing import Any

from pedigree.curation.json_repair import DECODER
from pedigree.curation.thoughts import blank_thoughts

MOST_CRITERIA, CRITERION_CHARS = 5, 100
FAULTS = {  # why a round is left out
    "no-answer": "the model did not answer",
    "no-json": "no JSON can be read",
    "no-groups": "it holds no list of lists of numbers",
    "empty-group": "a group is empty",
    "unknown-number": "a number is of no text",
    "text-twice": "a text is named twice",
    "text-left-out": "a text is in no group",
}
_BEGIN = re.compile(r"[{\[]")


def read_criteria(text: str | None) -> tuple[str, ...]:
    """Return the criteria of an answer in their order, each once and at most 5; empty if none can be read."""
    listed = _load(text, "criteria")
    if not isinstance(listed, list):
        return ()
    found: dict[str, str] = {}
    for one in listed:
        if isinstance(one, str) and (line := " ".join(one.split())[:CRITERION_CHARS]):
            found.setdefault(line.casefold(), line)
    return tuple(found.values())[:MOST_CRITERIA]


def read_groups(text: str | None, texts: int) -> int | str:
    """Return the number of groups into which an answer divides the texts 1 to ``texts``, or a key of FAULTS.

    Nothing is guessed: an answer counts only if each text is in exactly one group.
    """
    if text is None or not text.strip():
        return "no-answer"
    groups = _load(text, "groups")
    if groups is None:
        return "no-json"
    if not isinstance(groups, list) or not groups or not all(isinstance(group, list) for group in groups):
        return "no-groups"
    named = [number for group in groups for number in group]
    if not all(type(number) is int for number in named):
        return "no-groups"
    if not all(groups):
        return "empty-group"
    if not all(1 <= number <= texts for number in named):
        return "unknown-number"
    if len(set(named)) < len(named):
        return "text-twice"
    return len(groups) if len(named) == texts else "text-left-out"


def _load(text: str | None, key: str) -> Any:
    """Return the value of a key of the first JSON object, or the first JSON list; None if there is none."""
    plain = blank_thoughts(text or "")
    begin = _BEGIN.search(plain)
    if begin is None:
        return None
    try:
        value, _ = DECODER.raw_decode(plain, begin.start())
    except (ValueError, RecursionError):
        return None
    return value.get(key, "") if isinstance(value, dict) else value
