"""Groups the rows of people that a classifier gets wrong: by label, by the label it takes them for, and by likeness."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from pedigree.curation.words import cut_words
from pedigree.dataset.examples import Example
from pedigree.generation.distinctive_words import DIGITS, MIN_ROWS, score_word
from pedigree.generation.failures.typed import embed_columns, tell_columns
from pedigree.metrics.tables.columns import Column
from pedigree.metrics.text_classifier import text_of
from pedigree.metrics.tfidf import embed_tfidf

MEAN_ROWS = 5  # of a cluster, at least: fewer rows are not cut further
LEAST_ROWS = 3  # of a cluster: a smaller one goes to the largest of its pair of labels
MOST_ROWS = 300  # of a pair of labels: those that are most clearly wrong
WORDS, MIN_CHARS = 2, 3  # sample words of a cluster


@dataclass(frozen=True)
class Failure:
    """A row of people that a classifier gets wrong (``margin`` up to 0) or is unsure about.

    ``margin`` is the probability of its label less that of ``confused``, the likeliest other label.
    """

    example: Example
    confused: str
    margin: float


@dataclass(frozen=True)
class Cluster:
    """Rows of one label that are taken for one other label and are like each other, sorted by id."""

    label: str
    confused: str
    number: int  # from 1 within the two labels, the largest first
    examples: tuple[Example, ...]
    words: tuple[str, ...]  # words, or values of columns, that tell its rows from the other rows of people

    @property
    def name(self) -> str:
        """Return its name within a round."""
        return f"{self.label} / {self.confused} / {self.number}"


def cluster_failures(
    failures: Sequence[Failure], people: Sequence[Example], most: int, columns: Sequence[Column] = ()
) -> list[Cluster]:
    """Return clusters of at most ``most`` for each pair of labels, the largest of a label first.

    ``people`` are all rows that were read. ``columns`` are those of rows without texts. The order of the rows has no
    influence.
    """
    people = sorted(people, key=lambda one: one.id)
    pairs: dict[tuple[str, str], list[Failure]] = {}
    for one in sorted(failures, key=lambda one: (one.margin, one.example.id)):
        pairs.setdefault((one.example.label, one.confused), []).append(one)
    common = Counter() if columns else count_words(people)

    def describe(examples: Sequence[Example]) -> tuple[str, ...]:
        if columns:
            return tell_examples(examples, people, columns, WORDS)
        return choose_words(examples, common, len(people))

    clusters = [
        Cluster(label, confused, number, examples, describe(examples))
        for (label, confused), own in sorted(pairs.items())
        for number, examples in enumerate(_cut(own[:MOST_ROWS], most, people, columns), start=1)
    ]
    return sorted(clusters, key=lambda one: (one.label, -len(one.examples), one.confused, one.number))


def tell_examples(
    examples: Sequence[Example], people: Sequence[Example], columns: Sequence[Column], most: int
) -> tuple[str, ...]:
    """Return by which columns some rows of people are most unlike the others."""
    own = {one.id for one in examples}
    others = [one.fields for one in people if one.id not in own]
    return tell_columns([one.fields for one in examples], others, columns, most)


def _cut(
    failures: Sequence[Failure], most: int, people: Sequence[Example], columns: Sequence[Column]
) -> list[tuple[Example, ...]]:
    """Return the rows of one pair of labels in clusters (Ward's method on TF-IDF or columns), the largest first."""
    examples = sorted((one.example for one in failures), key=lambda one: one.id)
    count = min(most, len(examples) // MEAN_ROWS)
    if count < 2:
        return [tuple(examples)]
    from sklearn.cluster import AgglomerativeClustering

    with threadpool_limits(1):
        fields = [one.fields for one in examples]
        vectors = (
            embed_columns(fields, [one.fields for one in people], columns)
            if columns
            else embed_tfidf([text_of(one) for one in fields]).toarray()
        )
        places = AgglomerativeClustering(n_clusters=count, linkage="ward").fit_predict(np.round(vectors, 9))
    cut = [tuple(one for one, at in zip(examples, places, strict=True) if at == place) for place in range(count)]
    first, *others = sorted(cut, key=lambda part: (-len(part), part[0].id))
    small = [one for part in others if len(part) < LEAST_ROWS for one in part]
    whole = tuple(sorted((*first, *small), key=lambda one: one.id))
    return [whole, *(part for part in others if len(part) >= LEAST_ROWS)]


def count_words(examples: Sequence[Example]) -> Counter[str]:
    """Return in how many rows each word stands."""
    cut = cut_words(pl.Series([one.text for one in examples], dtype=pl.String))
    return Counter(word for words in cut.to_list() for word in set(words))


def choose_words(examples: Sequence[Example], common: Counter[str], rows: int, most: int = WORDS) -> tuple[str, ...]:
    """Return the words that best tell some rows from the other rows of people; ``common`` counts words in all rows."""
    scores = {
        word: round(score_word(count, len(examples), common[word] - count, rows - len(examples)), DIGITS)
        for word, count in count_words(examples).items()
        if len(word) >= MIN_CHARS and count >= min(MIN_ROWS, len(examples)) and rows > len(examples)
    }
    ranked = sorted((word for word in scores if scores[word] > 0), key=lambda word: (-scores[word], word))
    return tuple(ranked[:most])
