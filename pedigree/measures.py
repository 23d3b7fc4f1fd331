"""Measures of texts: lengths, variety of words, openings, spread. All are functions of the texts alone."""

from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

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
    """Return the vocabulary's size and distinct-1 and distinct-2: different n-grams / all n-grams (Li et al. 2016).

    Both shrink as a dataset grows, so they compare datasets of one size.
    """
    words = (
        pl.DataFrame({"words": split_words(texts)})
        .with_row_index("row")
        .explode("words", empty_as_null=False)
        .with_columns(then=pl.col("words").shift(-1).over("row"))
    )
    pairs = words.drop_nulls("then").select("words", "then")
    return {
        "vocabulary": words["words"].n_unique(),
        "distinct_1": _divide(words["words"].n_unique(), words.height),
        "distinct_2": _divide(pairs.n_unique(), pairs.height),
    }


def measure_openings(texts: pl.Series) -> dict[str, Any]:
    """Return which share of the texts has the most common first three words, and the ten most common; and the top five."""
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


def embed_tfidf(texts: list[str]) -> csr_matrix:
    """Return one unit vector a text (zero where it has no word): TF-IDF of words and word pairs, sublinear."""
    vectorizer = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), token_pattern=WORD)
    try:
        return vectorizer.fit_transform(texts).tocsr()
    except ValueError:  # scikit-learn's answer to texts without any word
        return csr_matrix((len(texts), 1))


def measure_remote_clique(vectors: csr_matrix) -> float | None:
    """Return the mean over vectors of the mean cosine distance to all others (Cox et al. 2021); null below two."""
    rows = vectors.shape[0]
    if rows < 2:
        return None
    total = np.asarray(vectors.sum(axis=0)).ravel()
    with_self = float(total @ total)
    return 1 - (with_self - float(vectors.multiply(vectors).sum())) / (rows * (rows - 1))


def measure_chamfer(vectors: csr_matrix) -> float | None:
    """Return the mean over vectors of the cosine distance to the nearest other (Cox et al. 2021); null below two."""
    if vectors.shape[0] < 2:
        return None
    similar = (vectors @ vectors.T).toarray()
    np.fill_diagonal(similar, -1)
    return float(np.mean(1 - np.maximum(similar.max(axis=1), 0)))


def _divide(part: float, whole: int) -> float | None:
    return part / whole if whole else None
