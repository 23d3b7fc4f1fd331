"""Measures how much texts repeat each other: gzip compression ratio and self-BLEU."""

import gzip
from hashlib import sha256

import numpy as np
import polars as pl

from pedigree.curation.words import cut_words

BLEU_ORDERS = (1, 2, 3, 4)
SMOOTHING = 0.1  # n-grams counted as shared if none is: method 1 of Chen and Cherry 2014
MAX_WORDS = 400  # of a text; the memory needed grows with the longest text


def measure_compression(texts: pl.Series) -> float | None:
    """Return bytes / gzip bytes (level 9) of all texts, one per line (Shaib et al. 2024); higher is more repetitive.

    The lines are sorted by their sha256, so that the order of the texts has no effect. Null without any byte.
    """
    lines = sorted((text.encode() for text in texts), key=lambda line: sha256(line).digest())
    raw = b"\n".join(lines)
    return len(raw) / len(gzip.compress(raw, compresslevel=9, mtime=0)) if raw else None


def measure_self_bleu(texts: pl.Series) -> float | None:
    """Return the mean BLEU-4 of each text with all others as references (Zhu et al. 2018); null for fewer than two.

    Lower is more varied. BLEU follows Papineni et al. 2002 (clipped n-grams, closest reference length) on lower-case
    words, at most 400 a text; an order without shared n-grams counts 0.1 of them.
    """
    if len(texts) < 2:
        return None
    words = cut_words(texts).list.head(MAX_WORDS)
    lengths = words.list.len().to_numpy().astype(np.int64)
    long = pl.DataFrame({"word": words}).with_row_index("row").explode("word", empty_as_null=False)
    counts = [_count_shared(long, order, len(texts)) for order in BLEU_ORDERS]
    precisions = [np.where(shared, shared, SMOOTHING) / np.maximum(total, 1) for shared, total in counts]
    brevity = np.minimum(0, 1 - _find_closest(lengths) / np.maximum(lengths, 1))
    bleu = np.exp(np.mean(np.log(precisions), axis=0) + brevity)
    shares_a_word = counts[0][0] > 0
    return float(np.where(shares_a_word, bleu, 0).mean())


def _count_shared(long: pl.DataFrame, order: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return per text its n-grams shared with another text (clipped to the largest count there), and all its n-grams.

    ``long`` has one word per line (columns: row, word).
    """
    parts = [pl.col("word").shift(-step).over("row") for step in range(order)]
    counts = (
        long.select("row", gram=pl.concat_str(parts, separator=" "))
        .drop_nulls("gram")
        .group_by("row", "gram")
        .agg(times=pl.len().cast(pl.Int64))
    )
    most, own = pl.col("times").max().over("gram"), pl.col("times")
    only_maximum = (own == most).sum().over("gram") == 1
    second = pl.when(own < most).then(own).max().over("gram").fill_null(0)
    shared = pl.min_horizontal(own, pl.when((own == most) & only_maximum).then(second).otherwise(most))
    sums = counts.with_columns(shared=shared).group_by("row").agg(pl.col("shared", "times").sum()).sort("row")
    result = np.zeros((2, rows), dtype=np.int64)
    result[:, sums["row"].to_numpy()] = sums["shared"].to_numpy(), sums["times"].to_numpy()
    return result[0], result[1]


def _find_closest(lengths: np.ndarray) -> np.ndarray:
    """Return for each length the closest other length; of two equally close, the shorter."""
    far = np.abs(lengths[:, None] - lengths[None, :]) * (lengths.max() + 1) + lengths[None, :]
    np.fill_diagonal(far, far.max() + 1)
    return lengths[far.argmin(axis=1)]
