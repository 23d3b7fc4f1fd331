"""Measures of texts: lengths, variety of words, openings. All are functions of the texts alone."""

from typing import Any

import polars as pl

WORD = r"\w+(?:['’]\w+)*"


def measure_lengths(texts: pl.Series) -> dict[str, dict[str, float | None]]:
    """Return mean, median, min and max of the characters and the words of texts; null where there are none."""
    lengths = {"chars": texts.str.len_chars(), "words": texts.str.count_matches(WORD)}
    return {
        unit: {"mean": value.mean(), "median": value.median(), "min": value.min(), "max": value.max()}
        for unit, value in lengths.items()
    }


def split_words(texts: pl.Series) -> pl.Series:
    """Return each text's words in lower case, as lists."""
    return texts.str.to_lowercase().str.extract_all(WORD).alias("words")


def measure_words(texts: pl.Series) -> dict[str, float | int | None]:
    """Return the vocabulary's size and distinct-1, -2 and -3: different n-grams / all n-grams (Li et al. 2016).

    They shrink as a dataset grows, so they compare datasets of one size.
    """
    words = (
        pl.DataFrame({"words": split_words(texts)})
        .with_row_index("row")
        .explode("words", empty_as_null=False)
        .with_columns(then=pl.col("words").shift(-1).over("row"), last=pl.col("words").shift(-2).over("row"))
    )
    pairs = words.drop_nulls("then").select("words", "then")
    triples = words.drop_nulls("last").select("words", "then", "last")
    return {
        "vocabulary": words["words"].n_unique(),
        "distinct_1": _divide(words["words"].n_unique(), words.height),
        "distinct_2": _divide(pairs.n_unique(), pairs.height),
        "distinct_3": _divide(triples.n_unique(), triples.height),
    }


def measure_openings(texts: pl.Series) -> dict[str, Any]:
    """Return which share of the texts has the most common first three words, and the ten most common; and the top five.

    A high share is the mark of pattern overfitting, texts of one format (Chen et al. 2024, arXiv 2406.12397).
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
        "top_1_share": _divide(counts["rows"].head(1).sum(), texts.len()),
        "top_10_share": _divide(counts["rows"].head(10).sum(), texts.len()),
        "top_5": counts.head(5).to_dicts(),
    }


def _divide(part: float, whole: int) -> float | None:
    return part / whole if whole else None
