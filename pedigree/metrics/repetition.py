"""Repetition: how much of a text stands in other texts, too."""

import gzip
from hashlib import sha256

import numpy as np
import polars as pl

from pedigree.metrics.text_statistics import split_words

BLEU_ORDERS = (1, 2, 3, 4)
SMOOTHING = 0.1  # shared n-grams that count where there are none: method 1 of Chen and Cherry 2014
MAX_WORDS = 400  # of a text; more of it would take memory that grows with the longest text


def measure_compression(texts: pl.Series) -> float | None:
    """Return bytes / bytes that gzip (level 9) makes of them, over all texts, a line each (Shaib et al. 2024); higher says less.

    The lines stand in the order of their sha256, so that the order of the texts doesn't count. Null without any byte.
    """
    lines = sorted((text.encode() for text in texts), key=lambda line: sha256(line).digest())
    raw = b"\n".join(lines)
    return len(raw) / len(gzip.compress(raw, compresslevel=9, mtime=0)) if raw else None


def measure_self_bleu(texts: pl.Series) -> float | None:
    """Return the mean over texts of BLEU-4 with all other texts as references (Zhu et al. 2018); null below two texts.

    Lower is more varied. BLEU is that of Papineni et al. 2002 (clipped n-grams, closest length of a reference) of words
    in lower case, at most 400 a text; an order of n-grams of which none is shared counts as 0.1 of them.
    """
    if len(texts) < 2:
        return None
    words = split_words(texts).list.head(MAX_WORDS)
    lengths = words.list.len().to_numpy().astype(np.int64)
    long = pl.DataFrame({"word": words}).with_row_index("row").explode("word", empty_as_null=False)
    counts = [_count_shared(long, order, len(texts)) for order in BLEU_ORDERS]
    precisions = [np.where(shared, shared, SMOOTHING) / np.maximum(found, 1) for shared, found in counts]
    brevity = np.minimum(0, 1 - _find_closest(lengths) / np.maximum(lengths, 1))
    bleu = np.exp(np.mean(np.log(precisions), axis=0) + brevity)
    shares_a_word = counts[0][0] > 0
    return float(np.where(shares_a_word, bleu, 0).mean())


def _count_shared(long: pl.DataFrame, order: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return for each text how many of its n-grams another text holds (at most as often as one other does), and all."""
    parts = [pl.col("word").shift(-step).over("row") for step in range(order)]
    counts = (
        long.select("row", gram=pl.concat_str(parts, separator=" "))
        .drop_nulls("gram")
        .group_by("row", "gram")
        .agg(times=pl.len().cast(pl.Int64))
    )
    most, own = pl.col("times").max().over("gram"), pl.col("times")
    alone = (own == most).sum().over("gram") == 1
    second = pl.when(own < most).then(own).max().over("gram").fill_null(0)
    shared = pl.min_horizontal(own, pl.when((own == most) & alone).then(second).otherwise(most))
    sums = counts.with_columns(shared=shared).group_by("row").agg(pl.col("shared", "times").sum()).sort("row")
    result = np.zeros((2, rows), dtype=np.int64)
    result[:, sums["row"].to_numpy()] = sums["shared"].to_numpy(), sums["times"].to_numpy()
    return result[0], result[1]


def _find_closest(lengths: np.ndarray) -> np.ndarray:
    """Return for each length the closest of the others; of two as close, the shorter."""
    far = np.abs(lengths[:, None] - lengths[None, :]) * (lengths.max() + 1) + lengths[None, :]
    np.fill_diagonal(far, far.max() + 1)
    return lengths[far.argmin(axis=1)]
