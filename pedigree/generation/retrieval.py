"""Retrieval: the documents of a corpus nearest to a label, and the seed rows farthest from their label's mean.

TF-IDF and cosine similarity in plain Python with a fixed order of summation: the results determine prompts and their
ids, so they must not depend on the version of a library.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache
from math import log, sqrt

from pedigree.curation.language_lists import ENGLISH
from pedigree.curation.words import cut_pairs
from pedigree.dataset.examples import Example
from pedigree.job import Job

WORD = re.compile(r"\w+")  # of English recipes, whose prompts stay as they are; of others: cut_pairs
DIGITS = 9

Vector = dict[str, float]


@lru_cache(maxsize=256)
def rank_documents(job: Job, path: str, label: str) -> tuple[Example, ...]:
    """Return the documents of a corpus, the nearest to a label first; ties are sorted by id.

    A document's score is its maximum similarity to the label with its definition and to each seed row of the label.
    Examples of a label retrieve the texts to rewrite (Divekar and Durrett 2024, SynthesizRR, arXiv 2405.10040).
    """
    documents, (weights, index) = job.corpora[path], _index(job, path)
    queries = [f"{label} {job.recipe.labels[label].means}", *(one.text for one in job.seeds if one.label == label)]
    near = [0.0] * len(documents)
    for query in queries:
        scores: dict[int, float] = defaultdict(float)
        for word, weight in _embed(_cut_words(job, query), weights).items():
            for place, value in index.get(word, ()):
                scores[place] += weight * value
        for place, score in scores.items():
            near[place] = max(near[place], score)
    return _sort([-score for score in near], documents)


@lru_cache(maxsize=256)
def list_outliers(job: Job, label: str, language: str = "") -> tuple[Example, ...]:
    """Return the seed rows of a label, the farthest from their mean first (as Cegin et al. 2024 choose hints).

    With ``language``, only those of that language.
    """
    rows = [one for one in job.list_seeds(language) if one.label == label]
    texts = [_cut_words(job, one.text) for one in rows]
    weights = _weigh_words(texts)
    vectors = [_embed(words, weights) for words in texts]
    mean: Vector = defaultdict(float)
    for vector in vectors:
        for word, value in vector.items():
            mean[word] += value
    return _sort([sum(value * mean[word] for word, value in vector.items()) for vector in vectors], rows)


@lru_cache(maxsize=4)
def _index(job: Job, path: str) -> tuple[Vector, dict[str, list[tuple[int, float]]]]:
    """Return the weight of each word of a corpus, and the inverted index: word -> (document, value) pairs."""
    texts = [_cut_words(job, document.text) for document in job.corpora[path]]
    weights, index = _weigh_words(texts), defaultdict(list)
    for place, words in enumerate(texts):
        for word, value in _embed(words, weights).items():
            index[word].append((place, value))
    return weights, index


def _weigh_words(texts: Sequence[list[str]]) -> Vector:
    """Return the inverse document frequency of each word, smoothed: ln((1 + n) / (1 + df)) + 1."""
    documents = Counter(word for text in texts for word in dict.fromkeys(text))
    return {word: log((1 + len(texts)) / (1 + count)) + 1 for word, count in documents.items()}


def _embed(words: list[str], weights: Vector) -> Vector:
    """Return a text's unit vector: (1 + ln tf) * idf of the known words in alphabetical order, or empty."""
    counts = Counter(word for word in words if word in weights)
    values = {word: (1 + log(counts[word])) * weights[word] for word in sorted(counts)}
    norm = sqrt(sum(value * value for value in values.values()))
    return {word: value / norm for word, value in values.items()}


def _cut_words(job: Job, text: str) -> list[str]:
    folded = text.casefold()
    return WORD.findall(folded) if job.recipe.language == ENGLISH else cut_pairs(folded)


def _sort(values: Sequence[float], examples: Sequence[Example]) -> tuple[Example, ...]:
    order = sorted(range(len(examples)), key=lambda place: (round(values[place], DIGITS), examples[place].id))
    return tuple(examples[place] for place in order)
