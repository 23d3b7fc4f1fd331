"""How many words of a text stand in another in the same order: a copy with some words changed keeps most of them.

Similarity by shingles does not see such a copy: each changed word costs all shingles that touch it, so that a tenth of
the words may take a third of the shingles away.
"""

from collections import defaultdict
from collections.abc import Sequence


def count_in_order(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the number of words in the longest common subsequence of two lists of words.

    By bits of one number (Hyyrö 2004): time grows with the words of one times those of the other by 64.
    """
    places: dict[str, int] = defaultdict(int)
    for place, word in enumerate(one):
        places[word] |= 1 << place
    every = free = (1 << len(one)) - 1  # a word that is matched loses its bit
    for word in other:
        found = free & places.get(word, 0)
        free = ((free + found) | (free - found)) & every
    return len(one) - free.bit_count()


def measure_order(one: Sequence[Sequence[str]], other: Sequence[Sequence[str]], least: float) -> float | None:
    """Return the share of words that two rows have in common in the same order, or None if it is below ``least``.

    A row has one list of words per text field. The share is of the longer list, and the minimum over the fields.
    """
    share = 1.0
    for mine, theirs in zip(one, other, strict=True):
        short, long = sorted((len(mine), len(theirs)))
        if short < least * long:
            return None
        share = min(share, count_in_order(mine, theirs) / long if long else 1.0)
        if share < least:
            return None
    return share
