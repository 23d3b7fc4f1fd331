"""A language model of word pairs: how likely texts are after other texts were read."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import polars as pl

from pedigree.curation.words import cut_words

ADDED = 0.1  # to each count of a bigram, so that unseen ones have a probability


def cut_texts(texts: Sequence[str]) -> list[list[str]]:
    """Return the lower-case words of each text, with "" for its beginning and end."""
    return [["", *words, ""] for words in cut_words(pl.Series("text", texts, pl.String)).to_list()]


class BigramModel:
    """Probabilities of a word after another one, from the words of texts; "" is beginning and end."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        self.pairs = Counter(pair for words in texts for pair in pairwise(words))
        self.firsts = Counter(word for words in texts for word in words[:-1])
        self.words = len({word for words in texts for word in words}) + 1  # and one for all unseen ones

    def score(self, words: Sequence[str]) -> float:
        """Return the mean log-probability of a word, natural logarithm."""
        pairs = list(pairwise(words))
        return sum(
            math.log((self.pairs[one] + ADDED) / (self.firsts[one[0]] + ADDED * self.words)) for one in pairs
        ) / len(pairs)
