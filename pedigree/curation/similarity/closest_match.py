"""Why a candidate is rejected that matches, or contradicts, another row."""

from dataclasses import dataclass

from pedigree.curation.similarity.minhash import Match
from pedigree.curation.words import is_character, join_words


@dataclass(frozen=True)
class ClosestMatch:
    """Why a candidate is rejected: the reason code, the evidence, and the row it is too similar to."""

    reason: str
    detail: str
    id: str


def name_equal(reason: str, id: str | None, detail: str) -> ClosestMatch | None:
    """Return the match with a row of equal texts, or None without one."""
    return None if id is None else ClosestMatch(reason, detail, id)


def name_near(reason: str, match: Match | None, measure: str = "similarity") -> ClosestMatch | None:
    """Return the match with a similar row, or None without one."""
    return None if match is None else ClosestMatch(reason, f"{measure} {match.similarity:.2f}", match.id)


def name_changed(reason: str, match: Match | None, what: str) -> ClosestMatch | None:
    """Return the match with a row that differs in some words, or None without one."""
    if match is None:
        return None
    return ClosestMatch(reason, f"{match.similarity:.0%} of the words are those of {what}, in the same order", match.id)


def describe_run(run: str) -> str:
    """Return how many words in a row are shared, and which."""
    pieces = run.split()
    unit = "characters" if any(map(is_character, pieces)) else "words"
    return f"{len(pieces)} {unit} in a row: {join_words(pieces)}"
