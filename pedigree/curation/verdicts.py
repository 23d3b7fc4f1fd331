"""Reads what a judge answered. Strict: whatever is not exactly the answer that was asked for is no verdict.

An answer counts only if it was completed, and is one JSON value of the form that was asked for (also within a code
fence, or after thoughts), with one verdict for each row, by its number. Nothing is repaired and nothing is guessed.
"""

import json
from collections.abc import Sequence
from typing import Any

from pedigree.curation.answer_rows import fold_key
from pedigree.curation.thoughts import blank_thoughts
from pedigree.recipe.label_sets.names import join_labels

COMPLETE = {"stop", "end_turn", "eos", "stop_sequence"}  # finish_reason of an answer that a model ended itself
FENCE = "```"
LISTED = "labels"  # the key of a verdict that is a list
MAX_CHARS = 200_000


def read_verdicts(
    text: str | None, finish_reason: str | None, options: Sequence[Sequence[str]], key: str
) -> list[str | None]:
    """Return the verdict on each row, one of its ``options``, or None where there is none; never raises.

    ``key`` is the key of a verdict beside ``row``. An answer with another number of verdicts than rows has none. With
    the key ``labels`` a verdict is a list of options, each once, and the name of their set is returned.
    """
    nothing: list[str | None] = [None] * len(options)
    if not text or finish_reason not in COMPLETE or len(text) > MAX_CHARS:
        return nothing
    try:
        listed = _find_list(json.loads(_strip(text), object_pairs_hook=_refuse_twins))
        said = dict(_read_verdict(one, key) for one in listed)
    except (ValueError, TypeError, RecursionError):
        return nothing
    if len(listed) != len(options) or set(said) != set(range(1, len(options) + 1)):
        return nothing
    return [_choose(said[number], of) for number, of in enumerate(options, start=1)]


def _strip(text: str) -> str:
    """Return a text without thoughts, and without the code fence that holds all of it."""
    rest = blank_thoughts(text).strip("\ufeff \t\r\n")
    if rest.startswith(FENCE) and rest.endswith(FENCE) and rest.count(FENCE) == 2:
        head, _, body = rest[len(FENCE) : -len(FENCE)].partition("\n")
        rest = body if head.strip().casefold() in ("", "json") else rest
    return rest


def _refuse_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; raise ValueError where a key stands twice in it."""
    found = {fold_key(key): value for key, value in pairs}
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _find_list(value: Any) -> list:
    """Return the list of verdicts: bare, or the only key of an object; raise ValueError for any other value."""
    if isinstance(value, dict) and set(value) == {"verdicts"}:
        value = value["verdicts"]
    if not isinstance(value, list):
        raise ValueError("no list of verdicts")
    return value


def _read_verdict(value: Any, key: str) -> tuple[int, str | list]:
    """Return row number and verdict; raise ValueError for what has not exactly these."""
    if not isinstance(value, dict) or set(value) != {"row", key} or type(value["row"]) is not int:
        raise ValueError("no verdict")
    if not isinstance(value[key], list if key == LISTED else str):
        raise ValueError("a verdict of another type")
    return value["row"], value[key]


def _choose(said: Any, options: Sequence[str]) -> str | None:
    """Return the option, or the set of options, that a verdict names; None where it names none."""
    if isinstance(said, list):
        members = [_choose(one, options) if isinstance(one, str) else None for one in said]
        known = {one for one in members if one is not None}
        return join_labels(known, options) if len(known) == len(said) else None
    return next((option for option in options if option.casefold() == said.strip().casefold()), None)
