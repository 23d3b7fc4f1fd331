"""Computes statistics of texts: lengths, vocabulary, distinct n-grams and common openings."""

from typing import Any

import polars as pl

from pedigree.curation.words import WORD, cut_words, is_character, join_words

OPENING_WORDS, OPENING_CHARACTERS = 3, 6  # as many characters where a script has no spaces between words


def measure_lengths(texts: pl.Series) -> dict[str, dict[str, Any]]:
    """Return mean, median, min and max of the lengths in characters and in words; null for no texts.

    In a script without spaces between words, each character counts as a word.
    """
    lengths = {"chars": texts.str.len_chars(), "words": texts.str.count_matches(WORD)}
    return {
        unit: {"mean": value.mean(), "median": value.median(), "min": value.min(), "max": value.max()}
        for unit, value in lengths.items()
    }


def measure_words(texts: pl.Series) -> dict[str, float | int | None]:
    """Return the vocabulary size and distinct-1, -2 and -3: different n-grams / all n-grams (Li et al. 2016).

    The ratios shrink as a dataset grows, so compare only datasets of one size.
    """
    words = (
        pl.DataFrame({"words": cut_words(texts)})
        .with_row_index("row")
        .explode("words", empty_as_null=False)
        .with_columns(second=pl.col("words").shift(-1).over("row"), third=pl.col("words").shift(-2).over("row"))
    )
    pairs = words.drop_nulls("second").select("words", "second")
    triples = words.drop_nulls("third").select("words", "second", "third")
    return {
        "vocabulary": words["words"].n_unique(),
        "distinct_1": _divide(words["words"].n_unique(), words.height),
        "distinct_2": _divide(pairs.n_unique(), pairs.height),
        "distinct_3": _divide(triples.n_unique(), triples.height),
    }


def measure_openings(texts: pl.Series) -> dict[str, Any]:
    """Return the shares of texts with the most common, and the ten most common, opening; and the top five.

    An opening is the first three words, or six characters in a script without spaces between words.

    A high share indicates pattern overfitting: texts of one format (Chen et al. 2024, arXiv 2406.12397).
    """
    openings = [_cut_opening(words) for words in cut_words(texts).list.head(OPENING_CHARACTERS).to_list()]
    counts = (
        pl.DataFrame({"opening": openings}, {"opening": pl.String})
        .filter(pl.col("opening") != "")
        .group_by("opening")
        .agg(rows=pl.len())
        .sort(["rows", "opening"], descending=[True, False])
    )
    return {
        "top_1_share": _divide(sum(counts["rows"].head(1)), texts.len()),
        "top_10_share": _divide(sum(counts["rows"].head(10)), texts.len()),
        "top_5": counts.head(5).to_dicts(),
    }


def _cut_opening(words: list[str]) -> str:
    return join_words(words[: OPENING_CHARACTERS if words and is_character(words[0]) else OPENING_WORDS])


def _divide(part: int, whole: int) -> float | None:
    return part / whole if whole else None
