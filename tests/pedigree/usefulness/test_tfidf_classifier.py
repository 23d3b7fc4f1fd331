"""The TF-IDF student of a pool, against scikit-learn's vectorizer and regression on the chosen texts alone."""

import random

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from pedigree.curation.words import list_terms
from pedigree.usefulness.tfidf_classifier import TfidfClassifier, merge_single_terms
from pedigree.usefulness.training_set import TrainingSet

ODD = ["", "!", "Bär, bär; BÄR!", "it's   it's", "日本語 text", "a", "\n", "x\u0000y", "cat " * 300]


@pytest.fixture(scope="module")
def texts():
    chance = random.Random(0)
    words = [f"word{number}" for number in range(80)]
    return [*(" ".join(chance.choices(words, k=chance.randint(1, 12))) for _ in range(120)), *ODD, *ODD]


@pytest.fixture(scope="module")
def student(texts):
    return TfidfClassifier(texts)


def choose(texts, seed, rows=60):
    rng = np.random.default_rng(seed)
    return rng.integers(len(texts), size=rows), rng.integers(len(texts), size=25)


def vectorize(texts, rows, query_rows):
    words = TfidfVectorizer(sublinear_tf=True, analyzer=lambda text: list_terms([text])[0])
    return words, words.fit_transform([texts[row] for row in rows]), words.transform([texts[row] for row in query_rows])


@pytest.mark.parametrize("seed", range(5))
def test_vectors_of_chosen_rows_are_those_of_the_vectorizer_that_saw_only_them(texts, student, seed):
    rows, query_rows = choose(texts, seed)
    words, taught, questions = vectorize(texts, rows, query_rows)
    mine, others = student.compute_tfidf(rows, query_rows)
    pooled = TfidfVectorizer(analyzer=lambda text: list_terms([text])[0]).fit(texts).get_feature_names_out()
    kept = np.isin(pooled, words.get_feature_names_out())
    assert list(pooled[kept]) == list(words.get_feature_names_out())
    place = np.unique(rows, return_inverse=True)[1]
    assert np.abs(mine.toarray()[place][:, kept] - taught.toarray()).max() <= 1e-12
    assert np.abs(others.toarray()[:, kept] - questions.toarray()).max() <= 1e-12
    assert not mine.toarray()[:, ~kept].any() and not others.toarray()[:, ~kept].any()


def test_terms_of_one_row_are_one_feature_and_products_stay(texts, student):
    taught, query_rows = student.compute_tfidf(np.arange(50), np.arange(40, 90))
    turn = merge_single_terms(taught)
    assert turn.shape[1] < np.count_nonzero(taught.sum(axis=0))
    before, after = (taught @ taught.T).toarray(), ((taught @ turn) @ (taught @ turn).T).toarray()
    assert after == pytest.approx(before, abs=1e-12)
    assert ((query_rows @ turn) @ (taught @ turn).T).toarray() == pytest.approx(
        (query_rows @ taught.T).toarray(), abs=1e-12
    )


@pytest.mark.parametrize("labels", [2, 4])
def test_probabilities_are_those_of_scikit_learn_at_its_minimum(texts, student, labels, monkeypatch):
    monkeypatch.setattr("pedigree.usefulness.logistic_regression.TOLERANCE", 1e-10)
    rng = np.random.default_rng(7)
    rows, query_rows = choose(texts, 7)
    of_text = rng.integers(labels, size=len(texts))
    weights = np.where(rows < 70, 3.5, 1.0)
    said = student(TrainingSet(rows, of_text[rows], weights), query_rows, labels)
    _, taught, questions = vectorize(texts, rows, query_rows)
    reader = LogisticRegression(C=10, class_weight="balanced", tol=1e-12, max_iter=10_000, solver="newton-cg")
    assert said == pytest.approx(reader.fit(taught, of_text[rows], weights).predict_proba(questions), abs=1e-6)


def test_a_label_that_the_lesson_lacks_has_no_probability(student):
    rows = np.arange(20)
    said = student(TrainingSet(rows, np.where(rows < 8, 3, 1), np.ones(20)), np.arange(30, 40), 5)
    assert not said[:, [0, 2, 4]].any()
    assert said.sum(axis=1) == pytest.approx(1)


def test_the_same_question_has_the_same_answer_whatever_was_asked_before(texts, student):
    rows = np.arange(30)
    training_set = TrainingSet(rows, rows % 3, np.ones(30))
    first = student(training_set, np.arange(40, 60), 3)
    student(TrainingSet(rows[::2], rows[::2] % 3, np.ones(15)), np.arange(5), 3, approximate=True)
    assert (student(training_set, np.arange(40, 60), 3) == first).all()
    assert (TfidfClassifier(texts)(training_set, np.arange(40, 60), 3) == first).all()


def test_a_draft_is_near_the_student(student):
    rows = np.arange(60)
    training_set = TrainingSet(rows, rows % 3, np.ones(60))
    exact, draft = (
        student(training_set, np.arange(60, 120), 3, approximate=approximate) for approximate in (False, True)
    )
    assert np.abs(exact - draft).max() < 0.03
