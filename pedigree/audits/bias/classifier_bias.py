"""Tests whether a classifier that learned the dataset decides alike for groups of people."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pedigree.audits.bias.mentions import compare_shares
from pedigree.audits.bias.term_lists import TermLists, count_terms, cut
from pedigree.metrics.review.wilson import make_interval

MIN_ROWS = 20  # that speak of a group; with fewer its accuracy is unknown
MAX_EXAMPLES = 10

Predict = Callable[[Sequence[str]], np.ndarray]


@dataclass(frozen=True)
class Flip:
    """A text whose label changes when words are exchanged."""

    text: str
    swapped: str
    before: str
    after: str


@dataclass(frozen=True)
class Flips:
    """Of ``rows`` texts that hold a word of a swap, how many get another label with the words exchanged."""

    rows: int
    flipped: int
    low: float
    high: float
    examples: list[Flip]


@dataclass(frozen=True)
class GroupGap:
    """The accuracy on test rows that speak of a group and on all others; unknown (None) with too few rows."""

    dimension: str
    group: str
    rows: int
    accuracy: float | None
    others: float | None
    difference: float | None
    low: float | None
    high: float | None


def measure_flips(predict: Predict, texts: Sequence[str], terms: TermLists) -> Flips | None:
    """Exchange the words of swaps in each text that has some; None if there is no such text."""
    pairs = [(text, other) for text in texts if (other := swap_words(text, terms)) != text]
    if not pairs:
        return None
    before, after = predict([one for one, _ in pairs]), predict([other for _, other in pairs])
    changed = np.flatnonzero(before != after)
    low, high = make_interval(len(changed), len(pairs))
    examples = [Flip(*pairs[place], str(before[place]), str(after[place])) for place in changed[:MAX_EXAMPLES]]
    return Flips(len(pairs), len(changed), low, high, examples)


def swap_words(text: str, terms: TermLists) -> str:
    """Return a text with each word of a swap exchanged for the other, in the same case; each place once."""
    there = {" ".join(one): " ".join(other) for pair in terms.swaps for one, other in (pair, pair[::-1])}
    if not there:
        return text
    longest_first = sorted(there, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)
    return pattern.sub(lambda found: _match_case(found.group(), there[found.group().lower()]), text)


def _match_case(model: str, word: str) -> str:
    if model.isupper() and len(model) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if model[:1].isupper() else word


def measure_gaps(predict: Predict, texts: Sequence[str], labels: Sequence[str], terms: TermLists) -> list[GroupGap]:
    """Return for each group the accuracy on test rows that speak of it, and on the others."""
    right = predict(texts) == np.array(labels, dtype=object) if len(texts) else np.array([], dtype=bool)
    words, found = cut(texts), []
    for (dimension, group), some in terms.groups.items():
        speaks = np.array([count_terms(text, some) > 0 for text in words], dtype=bool)
        rows, others = int(speaks.sum()), int((~speaks).sum())
        if rows < MIN_ROWS or others < MIN_ROWS:
            found.append(GroupGap(dimension, group, rows, None, None, None, None, None))
            continue
        hits, other_hits = int(right[speaks].sum()), int(right[~speaks].sum())
        difference, low, high = compare_shares(hits, rows, other_hits, others)
        found.append(GroupGap(dimension, group, rows, hits / rows, other_hits / others, difference, low, high))
    return found
