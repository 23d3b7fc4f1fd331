"""Watches the variety of each round's rows: a clear fall below the first round ends the rounds (model collapse)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pedigree.curation.words import cut_words
from pedigree.metrics.text_statistics import measure_openings

LEAST_ROWS, MOST_ROWS = 20, 200  # compared of each round: the same number, as each figure depends on it
RARE = 2  # a word is rare if so many rows of people have it at most
LEAST_WORDS = 10  # rare words that the first round must have: the recall of fewer says nothing
LOWEST_SHARE = 0.5  # of the first round's Vendi score and recall
OPENING_GAIN = 0.25  # by which the share of the commonest opening may rise


@dataclass(frozen=True)
class Variety:
    """The variety of so many rows of a round."""

    rows: int
    vendi: float | None
    opening_share: float | None
    rare_words: int  # words that are rare among people's rows and stand in these
    rare_recall: float | None  # their share of all such words


def list_rare_words(texts: Sequence[str]) -> frozenset[str]:
    """Return the words that one or two of people's texts have."""
    cut = cut_words(pl.Series(list(texts), dtype=pl.String)).to_list()
    counts = Counter(word for words in cut for word in set(words))
    return frozenset(word for word, count in counts.items() if count <= RARE)


def measure_variety(texts: Sequence[str], rare: frozenset[str]) -> Variety:
    """Return the variety of texts; a figure is None where nothing can be said."""
    from pedigree.metrics.diversity import measure_vendi  # scikit-learn: seconds that other strategies need not wait
    from pedigree.metrics.tfidf import embed_tfidf

    series = pl.Series(list(texts), dtype=pl.String)
    found = {word for words in cut_words(series).to_list() for word in words} & rare
    return Variety(
        len(texts),
        measure_vendi(embed_tfidf(list(texts))),
        measure_openings(series)["top_1_share"],
        len(found),
        len(found) / len(rare) if rare else None,
    )


def find_collapse(first: Variety, now: Variety) -> str | None:
    """Return what fell clearly from the first round to this one, as a phrase, or None."""
    if first.vendi and now.vendi and now.vendi < LOWEST_SHARE * first.vendi:
        return (
            f"the Vendi score of {now.rows} of its rows is {now.vendi:.1f}, that of the first round {first.vendi:.1f}"
        )
    one, other = first.opening_share, now.opening_share
    if one is not None and other is not None and other > one + OPENING_GAIN:
        return f"{other:.0%} of {now.rows} of its rows begin with the same words, {one:.0%} in the first round"
    if first.rare_words >= LEAST_WORDS and now.rare_words < LOWEST_SHARE * first.rare_words:
        return (
            f"{now.rows} of its rows hold {now.rare_words} of the rare words of people's rows, "
            f"as many of the first round {first.rare_words}"
        )
    return None
