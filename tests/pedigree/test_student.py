import numpy as np
import pytest

from pedigree.student import text_of, train_student

TEXTS = ["the parcel is late", "late again, my parcel", "love the new phone", "this phone is great"]
LABELS = ["delivery", "delivery", "praise", "praise"]


def test_student_reads_what_it_learned():
    student = train_student(TEXTS, LABELS, seed=0)
    assert list(student.predict(["where is my parcel", "what a great phone"])) == ["delivery", "praise"]
    assert list(student.classes_) == ["delivery", "praise"]
    assert student.predict_proba(["a parcel"]).shape == (1, 2)


def test_same_rows_give_the_same_student():
    first, again = (train_student(TEXTS, LABELS, seed=2**40).predict_proba(TEXTS) for _ in range(2))
    assert np.array_equal(first, again)


def test_marks_are_words():
    assert list(train_student(["?", "!", "??", "!!"], ["ask", "shout"] * 2, seed=0).predict(["? ?"])) == ["ask"]


def test_one_label_teaches_nothing():
    with pytest.raises(ValueError, match="2 classes"):
        train_student(TEXTS, ["praise"] * 4, seed=0)


def test_a_lone_field_is_its_text_and_several_are_named():
    assert text_of({"text": "Hello"}) == "Hello"
    assert text_of({"premise": "It rains.", "count": 3}) == "premise: It rains.\ncount: 3"
