"""Computes statistics of texts: lengths, vocabulary, distinct n-grams and common openings."""

from typing import Any

import polars as pl

WORD = r"\w+(?:['’]\w+)*"


def measure_lengths(texts: pl.Series) -> dict[str, dict[str, Any]]:
    """Return mean, median, min and max of the lengths in characters and in words; null for no texts."""
    lengths = {"chars": texts.str.len_chars(), "words": texts.str.count_matches(WORD)}
    return {
        unit: {"mean": value.mean(), "median": value.median(), "min": value.min(), "max": value.max()}
        for unit, value in lengths.items()
    }


def split_words(texts: pl.Series) -> pl.Series:
    """Return the lower-case words of each text (lists)."""
    return texts.str.to_lowercase().str.extract_all(WORD).alias("words")


def measure_words(texts: pl.Series) -> dict[str, float | int | None]:
    """Return the vocabulary size and distinct-1, -2 and -3: different n-grams / all n-grams (Li et al. 2016).

    The ratios shrink as a dataset grows, so compare only datasets of one size.
    """
    words = (
        pl.DataFrame({"words": split_words(texts)})
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
    """Return the shares of texts with the most common, and the ten most common, first three words; and the top five.

    A high share indicates pattern overfitting: texts of one format (Chen et al. 2024, arXiv 2406.12397).
    """
    openings = split_words(texts).list.head(3).list.join(" ")
    counts = (
        pl.DataFrame({"opening": openings})
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


def _divide(part: int, whole: int) -> float | None:
    return part / whole if whole else None
