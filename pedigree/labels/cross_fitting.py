"""Reads labels from texts by classifiers of people's rows, none of which has learned the row nearest to the text.

A classifier recognises what it has learned: of rewritten seed rows it repeats the seed's label, whatever the text says.
People's rows are dealt into folds, one classifier learns all folds but one, and a text is read by the classifier that
left out the fold of the nearest row. A row of people is nearest to itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from pedigree.curation.words import list_terms
from pedigree.metrics.tables.columns import Table
from pedigree.metrics.tables.features import find_nearest_rows, learn_features
from pedigree.metrics.tfidf import Embed, Vectors, compute_cosines

FOLDS = 5
BLOCK = 2000  # texts that are compared with people's rows at a time
FLOOR = 1e-6  # smallest probability of a label; one that a fold has no row of gets 0 from its classifier


@dataclass(frozen=True)
class Readings:
    """The probability of each label (columns, in the order of ``labels``) for each of people's rows and texts."""

    labels: list[str]
    people: np.ndarray
    texts: np.ndarray


def read_labels(
    people: Sequence[str],
    people_labels: Sequence[str],
    texts: Sequence[str],
    seed: int,
    embed: Embed | None = None,
    tables: tuple[Table, Table] | None = None,
) -> Readings:
    """Return the labels' probabilities of people's rows and of texts.

    By TF-IDF with a logistic regression; with ``embed`` (unit vectors of texts), by the geometric mean of that and a
    logistic regression on the vectors. ``tables`` are the typed columns of people's rows and of the others, where rows
    have no texts: these are read then. Deterministic for the same rows in the same order.
    """
    labels = sorted(set(people_labels))
    numbers = np.array([labels.index(label) for label in people_labels])
    learned, others = embed_terms(people, texts) if tables is None else _embed_tables(*tables)
    spaces = [(learned, others)]
    if embed is not None and texts and tables is None:
        learned, others = embed(list(people)), embed(list(texts))
        spaces.append(_centre(np.asarray(learned), np.asarray(others)))
    folds = deal_folds(numbers, seed)
    nearest = find_nearest(learned, others) if tables is None else find_nearest_rows(*tables)
    left_out = np.concatenate([folds, folds[nearest]])
    logs = [np.log(_read(*space, numbers, folds, left_out, seed)) for space in spaces]
    shares = np.exp(np.mean(logs, axis=0))
    shares /= shares.sum(axis=1, keepdims=True)
    return Readings(labels, shares[: len(people)], shares[len(people) :])


def deal_folds(numbers: np.ndarray, seed: int) -> np.ndarray:
    """Return a fold for each row: the rows of a label are shuffled and dealt in turn."""
    folds = np.zeros(len(numbers), dtype=int)
    chance, dealt = np.random.default_rng(seed), 0
    for number in range(int(numbers.max()) + 1):
        own = chance.permutation(np.flatnonzero(numbers == number))
        folds[own] = (np.arange(len(own)) + dealt) % FOLDS
        dealt += len(own)
    return folds


def embed_terms(people: Sequence[str], texts: Sequence[str]) -> tuple[Vectors, Vectors]:
    """Return TF-IDF of the terms that people's rows have; document frequencies are those of people's rows."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(sublinear_tf=True, analyzer=list)
    try:
        learned = vectorizer.fit_transform(list_terms(list(people))).tocsr()
    except ValueError:  # scikit-learn raises it if no text has any term
        return csr_matrix((len(people), 1)), csr_matrix((len(texts), 1))
    others = vectorizer.transform(list_terms(list(texts))).tocsr() if texts else csr_matrix((0, learned.shape[1]))
    return learned, others


def _embed_tables(people: Table, rows: Table) -> tuple[np.ndarray, np.ndarray]:
    """Return the features of both, scaled by people's rows."""
    space = learn_features(people)
    return space.embed(people), space.embed(rows)


def find_nearest(people: Vectors, texts: Vectors) -> np.ndarray:
    """Return the place of people's nearest row for each text, by the cosine of their unit vectors."""
    blocks = [texts[start : start + BLOCK] for start in range(0, texts.shape[0], BLOCK)]
    nearest = [compute_cosines(block, people).argmax(axis=1) for block in blocks]
    return np.concatenate(nearest) if nearest else np.zeros(0, dtype=int)


def _centre(people: np.ndarray, texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return vectors centred on the mean of people's rows, which get a root mean square length of 1."""
    mean = people.mean(axis=0)
    scale = np.sqrt(((people - mean) ** 2).sum(axis=1).mean()) or 1.0
    return (people - mean) / scale, (texts - mean) / scale


def _read(
    people: Vectors, texts: Vectors, numbers: np.ndarray, folds: np.ndarray, left_out: np.ndarray, seed: int
) -> np.ndarray:
    """Return the labels' probabilities of people's rows, then of texts, by the classifier without a row's fold."""
    from pedigree.metrics.regression.estimator import make_regression

    shares = np.full((len(left_out), int(numbers.max()) + 1), FLOOR)
    for fold in np.unique(left_out):
        learned, own = folds != fold, left_out == fold
        regression = make_regression(numbers[learned].tolist(), seed)
        with threadpool_limits(1):  # threads slow down matrices as small as these on a busy machine
            regression.fit(people[learned], numbers[learned])
            for first, rows in ((0, people), (len(folds), texts)):
                asked = np.flatnonzero(own[first : first + rows.shape[0]])
                if len(asked):
                    read = regression.predict_proba(rows[asked])
                    shares[np.ix_(first + asked, regression.classes_)] = np.maximum(read, FLOOR)
    return shares
