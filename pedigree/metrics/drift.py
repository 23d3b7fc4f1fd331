"""Drift: how far the rows that a growing version adds are from the rows that it grew from.

A distance between two samples is never 0, and small samples are far apart by chance. So the same distance is taken
between random parts of all these rows (a permutation test), and what counts is how far the added rows go beyond that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.stats import ks_2samp
from sklearn.feature_extraction.text import CountVectorizer

from pedigree.metrics.divergence import measure_js
from pedigree.metrics.text_statistics import WORD

SPLITS = 200  # random parts; of so many the 99th percentile is known well enough
Measure = Callable[[np.ndarray], float]  # from a mask of the rows that count as added


@dataclass(frozen=True)
class Shift:
    """A distance of added rows to their base, the distance that chance explains (99th percentile), and what changed most."""

    distance: float
    chance: float
    says: str

    @property
    def beyond(self) -> float:
        """Return how far the distance goes beyond chance, rounded to 6 digits; 0 within it."""
        return round(max(0.0, self.distance - self.chance), 6)


class DriftTest:
    """Compares the added ones of some rows with the others; the rows stand in an order that says nothing of their origin.

    ``added`` marks the added rows, ``labels`` and ``completions`` name each row's own. A random part has as many rows of
    each label as were added, and holds completions whole: rows of one completion are alike. The same rows and seed give
    the same figures.
    """

    def __init__(self, added: np.ndarray, labels: Sequence[str], completions: Sequence[str], seed: int):
        self._added = added
        label, completion = (np.unique(np.asarray(one), return_inverse=True)[1] for one in (labels, completions))
        wanted = np.bincount(label[added], minlength=label.max() + 1)
        rng = np.random.default_rng(seed)
        self._chance = [_draw_part(rng, label, completion, wanted) for _ in range(SPLITS)]

    def compare_classes(self, values: pl.Series) -> Shift:
        """Compare the shares of classes: total-variation distance, 0 to 1."""
        names, codes = np.unique(values.to_numpy().astype(str), return_inverse=True)

        def differ(part: np.ndarray) -> np.ndarray:
            return _share(codes[part], len(names)) - _share(codes[~part], len(names))

        most = int(np.abs(differ(self._added)).argmax())
        now, before = (_share(codes[part], len(names))[most] for part in (self._added, ~self._added))
        return self._measure(
            lambda part: float(np.abs(differ(part)).sum() / 2), f"{names[most]} {now:.0%}, before {before:.0%}"
        )

    def compare_lengths(self, texts: pl.Series) -> Shift:
        """Compare the characters of texts: two-sample Kolmogorov-Smirnov statistic, 0 to 1."""
        chars = texts.str.len_chars().to_numpy()
        now, before = (float(np.median(chars[part])) for part in (self._added, ~self._added))
        return self._measure(
            lambda part: float(ks_2samp(chars[part], chars[~part], method="asymp").statistic),
            f"half have at most {now:,.0f} characters, before {before:,.0f}",
        )

    def compare_vocabulary(self, texts: pl.Series) -> Shift:
        """Compare the shares of words: Jensen-Shannon divergence in bits, 0 to 1 (Lin 1991)."""
        counts, words = _count_grams(texts, 1)

        def diverge(part: np.ndarray) -> float:
            now, before = (_divide(part.astype(np.int64) @ counts) for part in (part, ~part))
            if not now.any() or not before.any():
                return float(now.any() != before.any())
            return measure_js(now, before)

        now, before = (_divide(part.astype(np.int64) @ counts) for part in (self._added, ~self._added))
        risen = sorted(range(len(words)), key=lambda place: (before[place] - now[place], words[place]))[:3]
        return self._measure(diverge, f"more often: {', '.join(words[place] for place in risen) or 'no word'}")

    def compare_diversity(self, texts: pl.Series) -> Shift:
        """Compare distinct-2 (different word pairs / all, Li et al. 2016) of equally many rows: the share of it that is lost."""
        counts, _ = _count_grams(texts, 2)

        def find_distinct(part: np.ndarray) -> tuple[float, float]:
            rows = min(part.sum(), (~part).sum())
            return tuple(_find_distinct(counts[np.flatnonzero(side)[:rows]].sum(axis=0)) for side in (part, ~part))

        def lose(part: np.ndarray) -> float:
            now, before = find_distinct(part)
            return max(0.0, 1 - now / before) if before else 0.0

        now, before = find_distinct(self._added)
        return self._measure(lose, f"distinct-2 {now:.3f}, before {before:.3f} on as many rows")

    def _measure(self, measure: Measure, says: str) -> Shift:
        chance = float(np.quantile([measure(part) for part in self._chance], 0.99))
        return Shift(measure(self._added), chance, says)


def _draw_part(rng: np.random.Generator, label: np.ndarray, completion: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return a mask of so many rows of each label: those of randomly chosen completions, the last of them in part."""
    order = np.lexsort((rng.permutation(completion.max() + 1)[completion], label))
    rows = np.bincount(label)
    rank = np.arange(len(label)) - np.repeat(np.cumsum(rows) - rows, rows)
    part = np.zeros(len(label), dtype=bool)
    part[order] = rank < wanted[label[order]]
    return part


def _share(codes: np.ndarray, names: int) -> np.ndarray:
    return np.bincount(codes, minlength=names) / max(1, len(codes))


def _divide(counts: np.ndarray) -> np.ndarray:
    return counts / max(1, counts.sum())


def _count_grams(texts: pl.Series, words: int):
    """Return how often each text has each n-gram of so many words (sparse, a line a text), and the n-grams."""
    counter = CountVectorizer(ngram_range=(words, words), token_pattern=WORD)
    try:
        return counter.fit_transform(texts.to_list()).tocsr(), counter.get_feature_names_out().tolist()
    except ValueError:  # scikit-learn's answer to texts without any
        return np.zeros((len(texts), 1), dtype=np.int64), []


def _find_distinct(counts: np.ndarray) -> float:
    counts = np.asarray(counts).ravel()
    return float((counts > 0).sum() / max(1, counts.sum()))
