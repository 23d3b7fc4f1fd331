"""The embedding student is scikit-learn's logistic regression of the same vectors, taken to its minimum."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from pedigree.metrics.embedder import Embedder
from pedigree.usefulness.embedding_classifier import EmbeddingClassifier, make_classifier_factory
from pedigree.usefulness.training_set import TrainingSet

RNG = np.random.default_rng(0)
PLACES = np.arange(120) % 4
VECTORS = np.eye(4)[PLACES] @ RNG.normal(size=(4, 12)) + 3 + RNG.normal(size=(120, 12))
VECTORS /= np.linalg.norm(VECTORS, axis=1, keepdims=True)
STUDENT = EmbeddingClassifier(VECTORS)
ASKED = np.arange(80, 120)


def teach(rows, weights=None):
    return TrainingSet(rows, PLACES[rows], np.ones(len(rows)) if weights is None else weights)


def expect(training_set, query_rows):
    taught = VECTORS[training_set.rows]
    middle = taught.mean(axis=0)
    size = np.sqrt(((taught - middle) ** 2).sum(axis=1).mean())
    reader = LogisticRegression(C=10, tol=1e-10, max_iter=100_000)
    reader.fit((taught - middle) / size, training_set.label_ids, training_set.balance())
    return reader.predict_proba((VECTORS[query_rows] - middle) / size), reader.classes_


LESSONS = {
    "all": teach(np.arange(80)),
    "two labels": teach(np.flatnonzero(PLACES[:80] < 2)),
    "drawn with replacement": teach(RNG.integers(80, size=80)),
    "weighed": teach(np.arange(80), RNG.uniform(0.5, 3, size=80)),
    "unbalanced": teach(np.flatnonzero((PLACES[:80] > 0) | (np.arange(80) < 10))),
    "fewer than dimensions": teach(np.arange(6)),
}


@pytest.mark.parametrize("name", LESSONS)
def test_it_gives_the_probabilities_of_scikit_learn(name, monkeypatch):
    monkeypatch.setattr("pedigree.usefulness.logistic_regression.TOLERANCE", 1e-9)
    expected, seen = expect(LESSONS[name], ASKED)
    found = STUDENT(LESSONS[name], ASKED, 4)
    assert found[:, seen] == pytest.approx(expected, abs=1e-6)
    assert found[:, [label for label in range(4) if label not in seen]].sum() == 0
    assert found.sum(axis=1) == pytest.approx(1)


def test_it_learns_where_there_is_something_to_learn():
    assert (STUDENT(LESSONS["all"], ASKED, 4).argmax(axis=1) == PLACES[ASKED]).mean() > 0.6
    assert np.array_equal(STUDENT(LESSONS["all"], ASKED, 4), STUDENT(LESSONS["all"], ASKED, 4))


def test_equal_vectors_tell_nothing_and_break_nothing():
    found = EmbeddingClassifier(np.ones((8, 3)))(
        TrainingSet(np.arange(4), np.arange(4) % 2, np.ones(4)), np.arange(4, 8), 2
    )
    assert found == pytest.approx(np.full((4, 2), 0.5))


def test_a_narrow_cone_is_read_as_well_as_a_wide_one():
    """The same vectors, squeezed and moved far from the origin."""
    narrow = EmbeddingClassifier(100 + VECTORS / 1000)
    assert narrow(LESSONS["all"], ASKED, 4) == pytest.approx(STUDENT(LESSONS["all"], ASKED, 4), abs=1e-4)


def test_students_are_made_of_the_texts_of_a_pool():
    table = {f"text {place}": vector for place, vector in enumerate(VECTORS)}
    make = make_classifier_factory(Embedder("x", lambda texts: np.array([table[text] for text in texts])))
    found = make(list(table))(LESSONS["all"], ASKED, 4)
    assert found == pytest.approx(STUDENT(LESSONS["all"], ASKED, 4), abs=1e-4)
