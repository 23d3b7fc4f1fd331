"""Measures how far the rows that a growing version adds are from the rows of the version that it grew from.

Two samples of one source always differ by chance, small samples more. So each distance is also computed between random
parts of all rows (a permutation test), and the figure is how far the observed distance exceeds that of chance.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

from pedigree.curation.words import cut_words
from pedigree.metrics.divergence import measure_js

PERMUTATIONS = 200  # enough to estimate a 99th percentile
Measure = Callable[[np.ndarray], float]  # argument: boolean mask of the rows taken as added


@dataclass(frozen=True)
class Shift:
    """Distance of the added rows to their base, the distance expected by chance (99th percentile), and the detail."""

    distance: float
    chance: float
    detail: str

    @property
    def beyond(self) -> float:
        """Return by how much the distance exceeds chance, rounded to 6 digits; 0 if it does not."""
        return round(max(0.0, self.distance - self.chance), 6)


class DriftTest:
    """Compares added rows with the others; the order of the rows must not depend on whether they were added.

    ``added`` is a boolean mask; ``labels`` and ``completions`` are each row's own. A random part has as many rows of
    each label as were added, and keeps rows of one completion together, as they are alike. Deterministic per seed.
    """

    def __init__(self, added: np.ndarray, labels: Sequence[str], completions: Sequence[str], seed: int):
        self._added = added
        label, completion = (np.unique(np.asarray(one), return_inverse=True)[1] for one in (labels, completions))
        wanted = np.bincount(label[added], minlength=label.max() + 1)
        rng = np.random.default_rng(seed)
        self._random_parts = [_draw_part(rng, label, completion, wanted) for _ in range(PERMUTATIONS)]

    def compare_classes(self, values: pl.Series) -> Shift:
        """Compare the shares of classes: total-variation distance, 0 to 1."""
        names, codes = np.unique(values.to_numpy().astype(str), return_inverse=True)

        def subtract(part: np.ndarray) -> np.ndarray:
            return _share(codes[part], len(names)) - _share(codes[~part], len(names))

        most = int(np.abs(subtract(self._added)).argmax())
        now, before = (_share(codes[part], len(names))[most] for part in (self._added, ~self._added))
        detail = f"{names[most]} {now:.0%}, before {before:.0%}"
        return self._measure(lambda part: float(np.abs(subtract(part)).sum() / 2), detail)

    def compare_lengths(self, texts: pl.Series) -> Shift:
        """Compare the lengths in characters: two-sample Kolmogorov-Smirnov statistic, 0 to 1."""
        chars = texts.str.len_chars().to_numpy()
        now, before = (float(np.median(chars[part])) for part in (self._added, ~self._added))
        return self._measure(
            lambda part: _measure_ks(chars[part], chars[~part]),
            f"median {now:,.0f} characters, before {before:,.0f}",
        )

    def compare_vocabulary(self, texts: pl.Series) -> Shift:
        """Compare the shares of words: Jensen-Shannon divergence in bits, 0 to 1 (Lin 1991)."""
        counts, words = _count_ngrams(texts, 1)

        def share_words(part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return _normalise(part.astype(np.int64) @ counts), _normalise((~part).astype(np.int64) @ counts)

        def diverge(part: np.ndarray) -> float:
            now, before = share_words(part)
            if not now.any() or not before.any():
                return float(now.any() != before.any())
            return measure_js(now, before)

        now, before = share_words(self._added)
        risen = sorted(range(len(words)), key=lambda index: (before[index] - now[index], words[index]))[:3]
        return self._measure(diverge, f"more often: {', '.join(words[index] for index in risen) or 'no word'}")

    def compare_diversity(self, texts: pl.Series) -> Shift:
        """Compare distinct-2 (Li et al. 2016) of equally many rows: the share of it that is lost, 0 to 1."""
        counts, _ = _count_ngrams(texts, 2)

        def measure_both(part: np.ndarray) -> tuple[float, float]:
            rows = min(part.sum(), (~part).sum())
            now, before = (counts[np.flatnonzero(side)[:rows]].sum(axis=0) for side in (part, ~part))
            return _measure_distinct(now), _measure_distinct(before)

        def measure_loss(part: np.ndarray) -> float:
            now, before = measure_both(part)
            return max(0.0, 1 - now / before) if before else 0.0

        now, before = measure_both(self._added)
        return self._measure(measure_loss, f"distinct-2 {now:.3f}, before {before:.3f} on as many rows")

    def _measure(self, measure: Measure, detail: str) -> Shift:
        chance = float(np.quantile([measure(part) for part in self._random_parts], 0.99))
        return Shift(measure(self._added), chance, detail)


def _draw_part(rng: np.random.Generator, label: np.ndarray, completion: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return a mask of ``wanted`` rows per label, from completions in random order; the last one may be cut."""
    order = np.lexsort((rng.permutation(completion.max() + 1)[completion], label))
    rows = np.bincount(label)
    rank = np.arange(len(label)) - np.repeat(np.cumsum(rows) - rows, rows)
    part = np.zeros(len(label), dtype=bool)
    part[order] = rank < wanted[label[order]]
    return part


def _share(codes: np.ndarray, classes: int) -> np.ndarray:
    return np.bincount(codes, minlength=classes) / max(1, len(codes))


def _measure_ks(one: np.ndarray, other: np.ndarray) -> float:
    """Return the two-sample Kolmogorov-Smirnov statistic: the largest difference of both empirical distributions."""
    values = np.concatenate([one, other])

    def share_up_to(sample: np.ndarray) -> np.ndarray:
        return np.searchsorted(np.sort(sample), values, side="right") / len(sample)

    return float(np.abs(share_up_to(one) - share_up_to(other)).max())


def _normalise(counts: np.ndarray) -> np.ndarray:
    return counts / max(1, counts.sum())


def _count_ngrams(texts: pl.Series, n: int) -> tuple[csr_matrix, list[str]]:
    """Return the counts of word n-grams (texts x n-grams) and the n-grams."""
    counter = CountVectorizer(analyzer=list)
    cut = cut_words(texts).to_list()
    ngrams = [[" ".join(words[at : at + n]) for at in range(len(words) - n + 1)] for words in cut]
    try:
        return counter.fit_transform(ngrams).tocsr(), counter.get_feature_names_out().tolist()
    except ValueError:  # scikit-learn raises it if no text has any n-gram
        return csr_matrix((len(texts), 1), dtype=np.int64), []


def _measure_distinct(counts: np.ndarray) -> float:
    counts = np.asarray(counts).ravel()
    return float((counts > 0).sum() / max(1, counts.sum()))
