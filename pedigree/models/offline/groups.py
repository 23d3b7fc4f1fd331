"""Answers of the offline model to what is asked about the diversity of texts: it groups them by their first word."""

import json
import re

from pedigree.models.offline.prompt_reader import Brief, read_content

_CRITERIA = re.compile(r"up to \d{1,2}")
_GROUPS = re.compile(r"\d{1,3} texts")
_WORD = re.compile(r"\w+")


def write_groups(messages: list[dict]) -> dict[str, list] | None:
    """Return criteria, or groups of the numbers of the texts, as messages ask for; None where they ask for neither."""
    brief = Brief("\n".join(map(read_content, messages)))
    if _CRITERIA.fullmatch(brief.first("Criteria")):
        return {"criteria": ["first word"]}
    if not _GROUPS.fullmatch(brief.first("Groups")):
        return None
    groups: dict[str, list[int]] = {}
    for number, text in brief.numbered("Text"):
        groups.setdefault(_find_first_word(text), []).append(int(number))
    return {"groups": list(groups.values())}


def _find_first_word(said: str) -> str:
    try:
        text = str(json.loads(said))
    except (ValueError, RecursionError):
        text = said
    found = _WORD.search(text.casefold())
    return found[0] if found else ""
