"""What gives made rows away beside people's, in sentences for the model that rewrites the instructions."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pedigree.curation.words import join_words, list_terms
from pedigree.metrics.discriminator.features import Row, list_columns
from pedigree.metrics.text_classifier import text_of
from pedigree.metrics.two_sample import discriminative_ngrams

MOST = 6  # features of a kind
LEAST_SHARE = 0.1  # by which shares of a value, or of rows below a number, differ
LONGER = 1.2  # ratio of lengths that is told
PARTS = (10, 50, 90)


def find_telling(
    made: Sequence[Row], people: Sequence[Row], *, texts: bool, seed: int, private: bool, names: Sequence[str]
) -> list[str]:
    """Return what tells the rows apart, what most does first; empty where nothing does, or where too few are there.

    ``private``: nothing is said that stands in people's rows or is counted of them: only what is in made rows.
    """
    ours = [{name: row[name] for name in names} for row in made]
    theirs = [{name: row[name] for name in names} for row in people]
    if texts:
        return _tell_texts([text_of(row) for row in ours], [text_of(row) for row in theirs], seed, private)
    return _tell_columns(ours, theirs, private)


def _tell_texts(made: list[str], people: list[str], seed: int, private: bool) -> list[str]:
    said = [] if private else _tell_length(made, people)
    for own, others, words in (
        (made, people, "gives your rows away: {ngram}"),
        (people, made, "people's rows have more of it: {ngram}"),
    ):
        if private and own is people:
            break
        terms = [{join_words(term.split()) for term in listed} for listed in list_terms(others)]
        for one in discriminative_ngrams(own, others, seed)[:MOST]:
            other = sum(one["ngram"] in listed for listed in terms) / max(1, len(terms))
            shares = (float(one["share"]), other) if own is made else (other, float(one["share"]))
            line = words.format(ngram=f'"{one["ngram"]}"') + f", in {shares[0]:.0%} of your rows"
            said.append(line if private else f"{line} and in {shares[1]:.0%} of people's")
    return said


def _tell_length(made: list[str], people: list[str]) -> list[str]:
    ours, theirs = (np.percentile([len(text.split()) for text in some], PARTS) for some in (made, people))
    low, high = sorted((max(1.0, ours[1]), max(1.0, theirs[1])))
    if high < LONGER * low:
        return []
    counts = [f"{parts[1]:.0f} words (mostly {parts[0]:.0f} to {parts[2]:.0f})" for parts in (ours, theirs)]
    return [f"length: your rows have about {counts[0]}, people's {counts[1]}"]


def _tell_columns(made: Sequence[Row], people: Sequence[Row], private: bool) -> list[str]:
    found = []
    for name, numeric in list_columns([*people, *made]).items():
        ours, theirs = ([row.get(name) for row in some] for some in (made, people))
        found.append(_compare_numbers(name, ours, theirs) if numeric else _compare_values(name, ours, theirs))
    found = [one for one in found if one[0] >= LEAST_SHARE]
    found.sort(key=lambda one: -one[0])
    return [f"{ours}" if private else f"{ours}; people's: {theirs}" for _, ours, theirs in found[:MOST]]


def _compare_numbers(name: str, made: list[Any], people: list[Any]) -> tuple[float, str, str]:
    """Return the largest distance of the two distribution functions (Kolmogorov and Smirnov), and both in words."""
    ours, theirs = (np.sort([float(value) for value in some if value is not None]) for some in (made, people))
    if not len(ours) or not len(theirs):
        return 0.0, "", ""
    points = np.concatenate([ours, theirs])
    below = [np.searchsorted(some, points, side="right") / len(some) for some in (ours, theirs)]
    told = [
        f"about {middle:.4g} (mostly {low:.4g} to {high:.4g})"
        for low, middle, high in (np.percentile(some, PARTS) for some in (ours, theirs))
    ]
    return float(np.abs(below[0] - below[1]).max()), f"column {name} gives your rows away: yours are {told[0]}", told[1]


def _compare_values(name: str, made: list[Any], people: list[Any]) -> tuple[float, str, str]:
    """Return half the sum of the differences of shares (total variation), and the shares that differ most."""
    shares = {
        str(value): tuple(sum(str(one) == str(value) for one in some) / max(1, len(some)) for some in (made, people))
        for value in dict.fromkeys([*people, *made])
    }
    most = sorted(shares, key=lambda value: (-abs(shares[value][0] - shares[value][1]), value))[:3]
    ours = ", ".join(f"{value} {shares[value][0]:.0%}" for value in most if shares[value][0])  # none of people's alone
    theirs = ", ".join(f"{value} {shares[value][1]:.0%}" for value in most)
    distance = sum(abs(own - other) for own, other in shares.values()) / 2
    return distance, f"column {name} gives your rows away: yours are {ours or 'others'}", theirs
