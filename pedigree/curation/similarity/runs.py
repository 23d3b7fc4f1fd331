"""Finds texts that share a run of words with known texts, for many texts at once: words and runs as numbers.

It answers for texts whose words are separated by single spaces, which nearly all texts of ``minhash.fold_texts`` are.
Others, such as Chinese ones, must be compared as they are.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

from pedigree.curation.words import CHARACTER

FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd, so that a word's place in a run counts
OTHER = rf"{CHARACTER}|^\s|\s$|\s\s|[^\S ]"  # in texts that are not cut at single spaces


class HashedWords:
    """The words of texts as numbers. ``plain`` says of each text (bool) whether it is cut at single spaces."""

    def __init__(self, texts: Sequence[str]):
        series = pl.Series("text", texts, pl.String)
        self.plain: np.ndarray = ~series.str.contains(OTHER).to_numpy()
        words = series.str.split(" ")
        self._text_of = np.repeat(np.arange(len(texts)), words.list.len().to_numpy())
        self._hashes = words.explode().hash(seed=0).to_numpy()

    def hash_runs(self, words: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the text of each run of so many words (from 0), and the run as a number (uint64)."""
        count = len(self._hashes) - words + 1
        if count <= 0:
            return np.empty(0, np.int64), np.empty(0, np.uint64)
        hashes = np.zeros(count, np.uint64)
        for place in range(words):
            hashes = hashes * FACTOR + self._hashes[place : place + count]
        whole = self._text_of[:count] == self._text_of[words - 1 :]
        return self._text_of[:count][whole], hashes[whole]


class RunFilter:
    """Known runs of so many words, as numbers; a run with characters of scripts without spaces is left out."""

    def __init__(self, runs: Iterable[str], words: int):
        self._words = words
        runs = list(runs)
        places, hashes = HashedWords(runs).hash_runs(words) if runs else (np.empty(0, np.int64), np.empty(0, np.uint64))
        order = np.argsort(hashes)
        self._places, self._hashes = places[order], hashes[order]

    def find(self, texts: HashedWords) -> tuple[np.ndarray, np.ndarray]:
        """Return the text and the known run (both from 0) of each run of the texts that may be a known one."""
        rows, hashes = texts.hash_runs(self._words)
        if not len(self._hashes):
            return rows[:0], rows[:0]
        at = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
        found = self._hashes[at] == hashes
        return rows[found], self._places[at[found]]
