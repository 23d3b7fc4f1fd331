from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_info

from pedigree.metrics.text_classifier import text_of, train_classifier

TEXTS = ["the parcel is late", "late again, my parcel", "love the new phone", "this phone is great"]
LABELS = ["delivery", "delivery", "praise", "praise"]


def test_student_reads_what_it_learned():
    student = train_classifier(TEXTS, LABELS, seed=0)
    assert list(student.predict(["where is my parcel", "what a great phone"])) == ["delivery", "praise"]
    assert list(student.classes_) == ["delivery", "praise"]
    assert student.predict_proba(["a parcel"]).shape == (1, 2)


def test_same_rows_give_the_same_student():
    first, again = (train_classifier(TEXTS, LABELS, seed=2**40).predict_proba(TEXTS) for _ in range(2))
    assert np.array_equal(first, again)


def test_marks_are_words_only_where_there_are_no_others():
    told = train_classifier(["late, but fine", "late but fine!"], ["comma", "mark"], seed=0)
    assert len({*told.predict_proba(["late, but fine", "late but fine!"])[:, 0]}) == 1
    assert list(train_classifier(["?", "!", "??", "!!"], ["ask", "shout"] * 2, seed=0).predict(["? ?"])) == ["ask"]


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("味道真的很好吃", "服务态度太差了"),
        ("料理がとても美味しい", "対応がとても悪い"),
        ("อาหารอร่อยมาก", "บริการแย่มาก"),
    ],
)
def test_texts_without_spaces_are_read_by_their_characters(good, bad):
    student = train_classifier([good, bad], ["good", "bad"], seed=0)
    assert list(student.predict([f"昨天{good[2:]}", f"昨天{bad[2:]}"])) == ["good", "bad"]


def test_one_label_teaches_nothing():
    with pytest.raises(ValueError, match="2 classes"):
        train_classifier(TEXTS, ["praise"] * 4, seed=0)


def test_a_lone_field_is_its_text_and_several_are_named():
    assert text_of({"text": "Hello"}) == "Hello"
    assert text_of({"premise": "It rains.", "count": 3}) == "premise: It rains.\ncount: 3"


def test_probabilities_are_those_of_the_formula_minimised_by_other_means():
    """Multinomial logistic loss of balanced rows, times C, plus half the squared weights, on TF-IDF by hand."""
    texts, labels = [*TEXTS, "is it late"], [*LABELS, "question"]
    asked = ["is the phone late", "my great parcel"]
    rows = [count_terms(text) for text in (*texts, *asked)]
    terms = sorted({term for row in rows[: len(texts)] for term in row})
    among = [sum(term in row for row in rows[: len(texts)]) for term in terms]
    idf = 1 + np.log((1 + len(texts)) / (1 + np.array(among)))
    vectors = np.array([[1 + np.log(row[term]) if term in row else 0 for term in terms] for row in rows]) * idf
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    classes = sorted(set(labels))
    truth = np.array([classes.index(label) for label in labels])
    weight = np.array([len(labels) / (len(classes) * labels.count(label)) for label in labels])

    def say(flat, of):
        slope, start = flat[: -len(classes)].reshape(len(classes), -1), flat[-len(classes) :]
        scores = np.exp(of @ slope.T + start)
        return scores / scores.sum(axis=1, keepdims=True)

    def lose(flat):
        chances = say(flat, vectors[: len(texts)])[np.arange(len(texts)), truth]
        return -10 * weight @ np.log(chances) + flat[: -len(classes)] @ flat[: -len(classes)] / 2

    best = minimize(lose, np.zeros(len(classes) * (len(terms) + 1)), method="BFGS", options={"gtol": 1e-4}).x
    expected = say(best, vectors[len(texts) :])
    assert train_classifier(texts, labels, seed=0).predict_proba(asked) == pytest.approx(expected, abs=2e-3)


def count_terms(text):
    """Return how often a text has each word and each pair of neighbours."""
    words = text.replace(",", "").split()
    return Counter([*words, *map(" ".join, pairwise(words))])


def test_it_learns_in_one_thread(monkeypatch):
    threads = []
    fit = LogisticRegression.fit

    def watch(self, *arguments, **named):
        threads.extend(pool["num_threads"] for pool in threadpool_info())
        return fit(self, *arguments, **named)

    monkeypatch.setattr(LogisticRegression, "fit", watch)
    train_classifier(TEXTS, LABELS, seed=0)
    assert threads and set(threads) == {1}
