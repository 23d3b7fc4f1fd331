"""Finds openings and templates that rows share, and compares how often people's rows have them.

A template is a run of six pieces of a text in which rare words are left open: frequent words stand, and each run of
other words is one gap. No part-of-speech tagger is needed, so it works in any language that the words are cut in.
Texts of one format teach a model the format (Chen et al. 2024, arXiv 2406.12397: pattern overfitting).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from pedigree.curation.words import cut_words, join_words
from pedigree.metrics.review.wilson import make_interval

OPENING = 3  # words
FRAME = 120  # words, those that most rows hold, that stand in a template; all others are gaps
PIECES, MIN_WORDS = 6, 4  # of a template: pieces, and how many of them are words
MIN_SHARE, MIN_ROWS = 0.02, 5  # rows that share a pattern, below which it is not shown
SAME = 0.8  # of the rows of a pattern that a more frequent one has too: then it is not shown beside it
MOST = 20
GAP = "…"


@dataclass(frozen=True)
class Pattern:
    """A pattern, and how many rows of models and of people have it; ``above``: more often than people, or unknown.

    It is above where the share of rows is higher than the upper 95 % bound (Wilson) of people's share.
    """

    kind: str
    text: str
    rows: int
    of: int
    people: int
    of_people: int
    above: bool | None
    example: str


def find_patterns(texts: Sequence[str], people: Sequence[str]) -> list[Pattern]:
    """Return the most frequent openings and templates of texts, at most 20 of each kind, the most frequent first."""
    words, theirs = _cut(texts), _cut(people)
    frame = _choose_frame(words)
    return [
        *_compare("opening", [_open(one) for one in words], [_open(one) for one in theirs], texts),
        *_compare("template", [_list_templates(one, frame) for one in words],
                  [_list_templates(one, frame) for one in theirs], texts),
    ]  # fmt: skip


def _cut(texts: Sequence[str]) -> list[list[str]]:
    return cut_words(pl.Series("text", texts, pl.String)).to_list()


def _open(words: Sequence[str]) -> set[str]:
    return {join_words(words[:OPENING])} if len(words) >= OPENING else set()


def _choose_frame(texts: Iterable[Sequence[str]]) -> frozenset[str]:
    """Return the words that most texts hold; of equally frequent ones the first in the alphabet."""
    counts = Counter(word for words in texts for word in set(words))
    return frozenset(sorted(counts, key=lambda word: (-counts[word], word))[:FRAME])


def _list_templates(words: Sequence[str], frame: frozenset[str]) -> set[str]:
    pieces = list(_leave_open(words, frame))
    runs = (pieces[place : place + PIECES] for place in range(len(pieces) - PIECES + 1))
    return {" ".join(run) for run in runs if PIECES - run.count(GAP) >= MIN_WORDS}


def _leave_open(words: Sequence[str], frame: frozenset[str]) -> Iterator[str]:
    before = ""
    for word in words:
        piece = word if word in frame else GAP
        if piece != GAP or before != GAP:
            yield piece
        before = piece


def _compare(kind: str, found: list[set[str]], theirs: list[set[str]], texts: Sequence[str]) -> list[Pattern]:
    rows: dict[str, set[int]] = defaultdict(set)
    for place, patterns in enumerate(found):
        for pattern in patterns:
            rows[pattern].add(place)
    least = max(MIN_ROWS, MIN_SHARE * len(found))
    frequent = sorted((one for one in rows if len(rows[one]) >= least), key=lambda one: (-len(rows[one]), one))
    people, shown, result = Counter(one for some in theirs for one in some), [], []
    for pattern in frequent:
        own = rows[pattern]
        if len(result) == MOST or any(len(own & rows[other]) >= SAME * len(own) for other in shown):
            continue
        shown.append(pattern)
        above = len(own) / len(found) > make_interval(people[pattern], len(theirs))[1] if theirs else None
        example = texts[min(own)]
        result.append(Pattern(kind, pattern, len(own), len(found), people[pattern], len(theirs), above, example))
    return result
