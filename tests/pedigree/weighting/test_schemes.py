"""Each scheme on real classifiers: as scikit-learn gives it, and low where a label was exchanged."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from pedigree.labels.cross_fitting import read_labels
from pedigree.usefulness.tfidf_classifier import TfidfClassifier
from pedigree.weighting import schemes
from pedigree.weighting.schemes import SCHEMES, Rows, Weigher, read_by_people

WORDS = {
    0: ["purred", "slept", "whiskers", "tail", "paws", "stove", "wool", "meowed", "climbed", "lap"],
    1: ["barked", "ran", "bone", "leash", "fetched", "kennel", "growled", "park", "howled", "stick"],
}
OTHERS = [
    "the",
    "animal",
    "then",
    "it",
    "was",
    "very",
    "there",
    "again",
    "today",
    "near",
    "house",
    "and",
    "saw",
    "them",
]


def write(count, seed):
    """Return texts of five words of their label among others, and the labels."""
    rng, texts, labels = np.random.default_rng(seed), [], []
    for number in range(count):
        words = [*rng.choice(WORDS[number % 2], 3), *rng.choice(OTHERS, 6)]
        texts.append(" ".join(rng.permutation(words)))
        labels.append(number % 2)
    return texts, np.array(labels)


@pytest.fixture(scope="module")
def planted():
    """Rows of which a tenth carry the other label, with their places, and what people's rows say of them."""
    texts, labels = write(240, 1)
    wrong = np.random.default_rng(2).choice(240, 24, replace=False)
    asked = labels.copy()
    asked[wrong] = 1 - asked[wrong]
    rows = Rows(texts, asked)
    people, people_labels = write(80, 3)
    return rows, wrong, read_by_people(people, people_labels.tolist(), rows, 0, None)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_rows_whose_label_was_exchanged_weigh_less(planted, scheme):
    rows, wrong, checker = planted
    weights = Weigher(rows, 2, 0).weigh(scheme, checker)
    right = np.setdiff1d(np.arange(240), wrong)
    assert weights[wrong].mean() < 0.5 < 1 < weights[right].mean()
    assert [weights[rows.label_ids == label].mean() for label in (0, 1)] == pytest.approx([1, 1])


def test_imp_is_that_of_scikit_learns_classifier(planted):
    rows, _, checker = planted
    every = np.arange(240)
    features, _ = TfidfClassifier(rows.texts).compute_tfidf(every, every)
    other = LogisticRegression(C=10, class_weight="balanced", tol=1e-8, max_iter=5000)
    model = other.fit(features, rows.label_ids).predict_proba(features)[every, rows.label_ids]
    raw = np.minimum(5, checker.terms / np.maximum(model, 0.05))
    expected = raw / [raw[rows.label_ids == label].mean() for label in rows.label_ids]
    assert np.allclose(Weigher(rows, 2, 0).weigh("imp", checker), expected, rtol=0, atol=1e-3)


def test_a_label_that_people_did_not_write_keeps_equal_weights():
    texts, labels = write(40, 5)
    rows = Rows([*texts, "a parrot spoke", "the parrot flew"], np.array([*labels, 2, 2]))
    people, people_labels = write(40, 6)
    checker = read_by_people(people, people_labels.tolist(), rows, 0, None)
    assert np.isnan(checker.terms[-2:]).all()
    for scheme in SCHEMES:
        assert Weigher(rows, 3, 0).weigh(scheme, checker)[-2:].tolist() == [1, 1]


def test_the_reader_reads_vectors_where_there_are_some(planted):
    rows, _, terms = planted
    people, people_labels = write(80, 3)

    def embed(texts):
        shares = np.array([[sum(word in text for word in WORDS[label]) for label in (0, 1)] for text in texts], float)
        return shares / np.maximum(np.linalg.norm(shares, axis=1, keepdims=True), 1)

    both = read_by_people(people, people_labels.tolist(), rows, 0, embed)
    names = [f"{label:06d}" for label in people_labels]
    expected = read_labels(people, names, rows.texts, 0, embed).texts[np.arange(240), rows.label_ids]
    assert (both.both == expected).all() and (both.terms == terms.terms).all()
    weigher = Weigher(rows, 2, 0)
    assert (weigher.weigh("reader", both) != weigher.weigh("reader", terms)).any()
    assert (weigher.weigh("imp", both) == weigher.weigh("imp", terms)).all()


def test_of_many_rows_each_part_is_learned_by_its_own_model(planted, monkeypatch):
    rows, wrong, _ = planted
    monkeypatch.setattr(schemes, "MAX_LEARNED", 100)
    found = Weigher(rows, 2, 0).read_model(np.ones(240))
    assert found[wrong].mean() < 0.8 < found[np.setdiff1d(np.arange(240), wrong)].mean()  # all were learned
    assert (found != Weigher(rows, 2, 1).read_model(np.ones(240))).all()
