"""Measures how much two collections of texts differ in length and in punctuation."""

from collections.abc import Hashable

import numpy as np
import polars as pl
from scipy.special import rel_entr

MARK = r"[\p{P}\p{S}]"


def measure_length_divergence(one: pl.Series, other: pl.Series) -> float | None:
    """Return the Jensen-Shannon divergence of the text lengths in characters, 0 to 1; null if a side is empty.

    Bin limits are powers of the square root of 2.
    """
    return _diverge(*(_bin_lengths(texts.str.len_chars().to_numpy()) for texts in (one, other)))


def measure_punctuation_divergence(one: pl.Series, other: pl.Series) -> float | None:
    """Return the Jensen-Shannon divergence of punctuation marks and symbols, 0 to 1; null if a side is empty.

    Each occurrence counts; a text without any mark counts as one mark "none".
    """
    return _diverge(*(_list_marks(texts) for texts in (one, other)))


def measure_js(one: np.ndarray, other: np.ndarray) -> float:
    """Return the Jensen-Shannon divergence of two distributions (each sums to 1) in bits, 0 to 1 (Lin 1991)."""
    middle = (one + other) / 2
    bits = sum(float(rel_entr(shares, middle).sum()) for shares in (one, other)) / 2 / np.log(2)
    return min(1.0, max(0.0, bits))  # rounding errors can leave the interval


def _bin_lengths(chars: np.ndarray) -> list[Hashable]:
    return np.floor(2 * np.log2(np.maximum(chars, 1))).astype(int).tolist()


def _list_marks(texts: pl.Series) -> list[Hashable]:
    return texts.str.extract_all(MARK).explode(empty_as_null=True).fill_null("none").to_list()


def _diverge(one: list[Hashable], other: list[Hashable]) -> float | None:
    """Return the Jensen-Shannon divergence of two lists of categories; None if one is empty."""
    if not one or not other:
        return None
    names, codes = np.unique(np.asarray([*one, *other]), return_inverse=True)
    return measure_js(*(np.bincount(part, minlength=len(names)) / len(part) for part in np.split(codes, [len(one)])))
