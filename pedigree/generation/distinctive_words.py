"""Distinctive words: those that separate a label's seed rows from all others, so that a prompt can forbid them."""

import re
from collections import Counter, defaultdict
from functools import lru_cache
from math import log, sqrt

from pedigree.curation.language_lists import ENGLISH
from pedigree.curation.words import cut_pairs
from pedigree.job import Job

MAX_WORDS = 12
MIN_ROWS = 2  # of the label that must hold a word
PRIOR = 0.5  # how often a word counts as seen on either side beforehand, times its share of all rows
WORD = re.compile(r"[^\W\d_]{3,}")
LETTERS = re.compile(r"[^\d_]{2,}")
DIGITS = 6


@lru_cache(maxsize=256)
def distinctive_words(job: Job, label: str, language: str = "") -> tuple[str, ...]:
    """Return the words that separate a label's seed rows from the others, the most distinctive first.

    Where a script writes no spaces, words are pairs of characters. Left out are words in the rows of more than half of
    the labels (common words) and words that are always capitalised (names). Ranked by the z-score of the log-odds ratio
    with a Dirichlet prior (Monroe et al. 2008), over the rows that contain a word. Cegin et al. 2024 (arXiv 2401.06643)
    take the largest coefficients of a linear SVM; this needs no fit, so every machine finds the same words. With
    ``language``, only seed rows of that language count.
    """
    own, other, seeds = Counter[str](), Counter[str](), job.list_seeds(language)
    rows = Counter(one.label == label for one in seeds)
    for one in seeds:
        (own if one.label == label else other).update({word.casefold() for word in _cut_words(job, one.text)})
    spread: dict[str, set[str]] = defaultdict(set)
    for one in seeds:
        for word in _cut_words(job, one.text):
            if word.islower() or (word.lower() == word.upper() and job.recipe.language != ENGLISH):
                spread[word].add(one.label)
    named = _cut_words(job, label.casefold())  # no row may name its label anyway
    scores = {
        word: round(score_word(own[word], rows[True], other[word], rows[False]), DIGITS)
        for word in own
        if own[word] >= MIN_ROWS and word not in named and 0 < len(spread[word]) <= len(job.recipe.labels) / 2
    }
    ranked = sorted((word for word in scores if scores[word] > 0), key=lambda word: (-scores[word], word))
    return tuple(ranked[:MAX_WORDS])


def _cut_words(job: Job, text: str) -> list[str]:
    """Return the words of at least three letters, and pairs of characters, with repeats."""
    if job.recipe.language == ENGLISH:  # whose prompts stay as they are
        return WORD.findall(text)
    return [word for word in cut_pairs(text) if LETTERS.fullmatch(word)]


def score_word(own: int, own_rows: int, other: int, other_rows: int) -> float:
    """Return how many standard errors a word's log-odds in the label lie above those in the other rows."""
    prior = PRIOR * (own + other) / (own_rows + other_rows)
    mine, theirs = own + prior, other + prior
    odds = log(mine / (own_rows + PRIOR - mine + prior)) - log(theirs / (other_rows + PRIOR - theirs + prior))
    return odds / sqrt(1 / mine + 1 / theirs)
