"""Counts what may be told of people's rows in place of the rows: frequent words and the usual length of each label.

A word is told only if enough rows hold it. With ``epsilon``, every count gets noise of the two-sided geometric
distribution (Ghosh, Roughgarden and Sundararajan 2009), the discrete form of Laplace noise, and a word is told only
above a threshold that a word of one row passes with a probability of at most ``DELTA`` for all of that row's words
(Korolova et al. 2009). What is told is then (epsilon, DELTA)-differentially private for adding or removing one row:
each row counts for at most ``PER_ROW`` words of its label, with 80 % of epsilon, and for one length, with 20 %.

The noise comes from the operating system's random source, never from the recipe's seed: whoever knew it could take the
noise off again. So the file, once written, is the record.
"""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from math import ceil, exp, log

import numpy as np
import polars as pl

from pedigree.curation.words import cut_words
from pedigree.dataset.label_statistics import LabelStatistics, PeopleStatistics
from pedigree.generation.distinctive_words import score_word

PER_ROW = 10  # words of one row that count
DELTA = 1e-6
WORDS_PART = 0.8  # of epsilon, for the words; the rest is for the lengths
STEP, LONGEST = 5, 400  # lengths are counted in steps of so many words, up to so many
MIN_LETTERS = 3
MORE_OFTEN = 1.5  # times as often as in rows of other labels: what they hold as often tells nothing of the label


def count_statistics(
    texts: Mapping[str, Sequence[str]], words: int, least: int, epsilon: float | None, source: str
) -> PeopleStatistics:
    """Return statistics of texts by label: at most ``words`` words of each, each held by ``least`` rows or more."""
    chance = np.random.default_rng(secrets.randbits(128))
    cut = {label: cut_words(pl.Series("text", rows, pl.String)).to_list() for label, rows in texts.items()}
    counts = {label: _count_words(chance, rows) for label, rows in cut.items()}
    lengths = {label: _count_lengths(rows) for label, rows in cut.items()}
    floor = least
    if epsilon is not None:
        of_words, of_lengths = epsilon * WORDS_PART / PER_ROW, epsilon * (1 - WORDS_PART)
        floor = max(least, find_threshold(of_words))
        counts = {label: _add_noise(chance, found, of_words) for label, found in counts.items()}
        lengths = {label: found + draw_noise(chance, of_lengths, len(found)) for label, found in lengths.items()}
    rows = {label: max(1, int(found.sum())) for label, found in lengths.items()}
    return PeopleStatistics(
        source=source,
        least=floor,
        epsilon=epsilon,
        delta=DELTA if epsilon is not None else None,
        mechanism="exact counts, no noise" if epsilon is None else f"two-sided geometric noise, {PER_ROW} words a row",
        labels={
            label: LabelStatistics(
                words=_choose(label, counts, rows, floor)[:words],
                about_words=_find_median(lengths[label]) if rows[label] >= floor else None,
            )
            for label in texts
        },
    )


def draw_noise(chance: np.random.Generator, epsilon: float, size: int) -> np.ndarray:
    """Return draws of P(noise = k) proportional to exp(-epsilon |k|): the difference of two geometric draws."""
    stop = 1 - exp(-epsilon)
    return chance.geometric(stop, size) - chance.geometric(stop, size)


def find_threshold(epsilon: float) -> int:
    """Return the count from which a word is told: one that a single row holds passes with chance DELTA / PER_ROW."""
    ratio = exp(-epsilon)
    return 1 + ceil(log(DELTA / PER_ROW * (1 + ratio)) / log(ratio))


def _count_words(chance: np.random.Generator, rows: Sequence[Sequence[str]]) -> Counter[str]:
    """Return how many rows hold each word; of each row at most PER_ROW different words, drawn at random, count."""
    counts: Counter[str] = Counter()
    for row in rows:
        different = sorted({word for word in row if word.isalpha() and len(word) >= MIN_LETTERS})
        counts.update(different[place] for place in chance.permutation(len(different))[:PER_ROW])
    return counts


def _add_noise(chance: np.random.Generator, counts: Counter[str], epsilon: float) -> Counter[str]:
    noise = draw_noise(chance, epsilon, len(counts))
    return Counter({word: count + int(more) for (word, count), more in zip(counts.items(), noise, strict=True)})


def _count_lengths(rows: Sequence[Sequence[str]]) -> np.ndarray:
    """Return how many rows have a length in each step of STEP words; a longer row counts in the last."""
    places = [min(len(row), LONGEST - 1) // STEP for row in rows]
    return np.bincount(places, minlength=LONGEST // STEP)


def _find_median(lengths: np.ndarray) -> int:
    """Return the middle of the step that holds the median, of counts that noise may have made negative."""
    sums = np.maximum(lengths, 0).cumsum()
    place = int(np.searchsorted(sums, sums[-1] / 2)) if sums[-1] else 0
    return place * STEP + STEP // 2 + 1


def _choose(label: str, counts: Mapping[str, Counter[str]], rows: Mapping[str, int], floor: int) -> list[str]:
    """Return the words of a label that enough rows hold and more than rows of other labels do, the most telling first.

    Only counts that may be told are read: a word's count under another label is 0 where it is below the threshold.
    """
    others = sum(count for other, count in rows.items() if other != label)
    scores = {}
    for word, own in counts[label].items():
        if own >= floor:
            other = sum(found[word] for name, found in counts.items() if name != label and found[word] >= floor)
            own, other = min(own, rows[label]), min(other, others)
            if own * others > MORE_OFTEN * other * rows[label]:
                scores[word] = round(score_word(own, rows[label], other, others), 6)
    return sorted(scores, key=lambda word: (-scores[word], word))
