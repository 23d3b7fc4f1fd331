"""Finds a value in a text: the places where it stands as a whole word, in upper or lower case."""

import re

from pedigree.curation.words import IS_CHARACTER
from pedigree.dataset.spans.span import Span


def find_value(text: str, value: str) -> list[tuple[int, int]]:
    """Return start and end (code points) of each place of a value in a text; upper and lower case are one.

    A place inside of a longer word is none: Paris is not in "Parisian". Where a script has no spaces between words,
    every place counts. Places do not overlap; the first one from the left comes first.
    """
    found = re.finditer(re.escape(value), text, re.IGNORECASE)
    return [one.span() for one in found if is_whole(text, *one.span())]


def find_free(text: str, value: str, taken: list[Span]) -> list[tuple[int, int]]:
    """Return the places of a value that share no character with these spans."""
    return [
        (start, end)
        for start, end in find_value(text, value)
        if all(end <= span.start or start >= span.end for span in taken)
    ]


def is_whole(text: str, start: int, end: int) -> bool:
    """Return whether a piece of a text begins and ends between two words."""
    return not (start and _joins(text[start - 1], text[start])) and not (
        end < len(text) and _joins(text[end - 1], text[end])
    )


def _joins(one: str, other: str) -> bool:
    """Return whether two neighbouring characters are of one word."""
    return all(sign.isalnum() and not IS_CHARACTER.match(sign) for sign in (one, other))
