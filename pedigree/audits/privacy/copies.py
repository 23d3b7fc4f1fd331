"""Finds rows that take over the words of a row of people: shared runs of words, and how much of a row they cover."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pedigree.curation.words import cut_words

SHORT, LONG = 8, 13  # words of the runs that are counted; 13 as in the contamination checks of Brown et al. 2020
PIECE = 3  # words of the runs that cover a close copy
CLOSE = 0.6  # share of a row's words, in runs of one row of people, from which it is a close copy
RUN, WHOLE = 6, 0.9  # words that a close copy has in a row; a row that is covered so far needs no such run
MIN_WORDS = 4  # of a row: shorter ones are like each other by chance


@dataclass(frozen=True)
class Copy:
    """A row that is a close copy: its place, that of the row of people, the share of words covered, the longest run."""

    row: int
    source: int
    covered: float
    longest: int


@dataclass(frozen=True)
class Overlap:
    """How many of ``rows`` share a run of words with a row of people, and the close copies, the closest first."""

    rows: int
    sharing_short: int
    sharing_long: int
    copies: list[Copy]


def find_copies(texts: Sequence[str], sources: Sequence[str]) -> Overlap:
    """Compare each text with each row of people, by lower-case words.

    Memory grows with the words of ``sources``; time with the words of ``texts`` and the runs that they share.
    """
    rows, people = (cut_words(pl.Series("text", some, pl.String)).to_list() for some in (texts, sources))
    index = _index(people)
    short, long = (_list_runs(people, size) for size in (SHORT, LONG))
    copies = []
    for number, words in enumerate(rows):
        found = _cover(words, index)
        if found and len(words) >= MIN_WORDS and found[1] >= CLOSE * len(words):
            source, count = found
            copy = Copy(number, source, count / len(words), _measure_longest_run(words, people[source]))
            if copy.longest >= RUN or copy.covered >= WHOLE:
                copies.append(copy)
    copies.sort(key=lambda copy: (-copy.covered, -copy.longest, copy.row))
    return Overlap(
        len(rows),
        sum(not short.isdisjoint(_cut(words, SHORT)) for words in rows),
        sum(not long.isdisjoint(_cut(words, LONG)) for words in rows),
        copies,
    )


def _cut(words: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(words[place : place + size]) for place in range(len(words) - size + 1)]


def _list_runs(people: Sequence[Sequence[str]], size: int) -> set[tuple[str, ...]]:
    return {run for words in people for run in _cut(words, size)}


def _index(people: Sequence[Sequence[str]]) -> dict[tuple[str, ...], list[int]]:
    """Return by run of ``PIECE`` words the rows of people that hold it."""
    index: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, words in enumerate(people):
        for run in set(_cut(words, PIECE)):
            index[run].append(number)
    return index


def _cover(words: Sequence[str], index: dict[tuple[str, ...], list[int]]) -> tuple[int, int] | None:
    """Return the row of people whose runs cover most of these words, and how many words; None without any run."""
    places: dict[int, set[int]] = defaultdict(set)
    for place, run in enumerate(_cut(words, PIECE)):
        for source in index.get(run, ()):
            places[source].update(range(place, place + PIECE))
    if not places:
        return None
    source = min(places, key=lambda one: (-len(places[one]), one))
    return source, len(places[source])


def _measure_longest_run(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the number of words of the longest run that both hold."""
    longest, before = 0, [0] * (len(other) + 1)
    for word in one:
        row = [0] * (len(other) + 1)
        for place, found in enumerate(other, 1):
            if word == found:
                row[place] = before[place - 1] + 1
        longest, before = max(longest, *row), row
    return longest
