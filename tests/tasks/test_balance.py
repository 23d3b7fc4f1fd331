"""Each label has exactly its rows, and each split exactly its share; chance is in seed and ids alone."""

import random

from curation import make_candidates, make_job

from pedigree.tables import rows_schema
from tasks.balance import balance

LABELS = {"cat": {"share": 0.75, "means": "a cat"}, "dog": {"share": 0.25, "means": "a dog"}}


def make_kept(job, cats, dogs):
    chance = random.Random(5)
    text = lambda: "".join(chance.choices("abcdefghijklmnop ", k=60))  # noqa: E731
    return make_candidates(job, *({"text": text(), "label": label} for label in ["cat"] * cats + ["dog"] * dogs))


def count(frame):
    return dict(frame["label"].value_counts().iter_rows())


def test_the_first_rows_of_each_label_are_taken_and_the_rest_is_surplus():
    job = make_job(labels=LABELS, rows=40, split={"validation": 0.2})
    balanced = balance.fn(job, make_kept(job, cats=33, dogs=12))
    assert count(balanced.train) == {"cat": 24, "dog": 8}
    assert count(balanced.validation) == {"cat": 6, "dog": 2}
    assert balanced.rejects["row_id"].to_list() == ["r30", "r31", "r32", "r43", "r44"]
    assert set(balanced.rejects.select("reason", "detail").rows()) == {
        ("surplus", "30 rows of cat were wanted"),
        ("surplus", "10 rows of dog were wanted"),
    }


def test_a_short_label_keeps_what_there_is():
    job = make_job(labels=LABELS, rows=40, split={"validation": 0.0})
    balanced = balance.fn(job, make_kept(job, cats=33, dogs=3))
    assert count(balanced.train) == {"cat": 30, "dog": 3} and balanced.validation.is_empty()


def test_rows_have_the_columns_of_their_table():
    job = make_job(labels=LABELS)
    balanced = balance.fn(job, make_kept(job, cats=3, dogs=1))
    assert dict(balanced.train.schema) == rows_schema(job.recipe) == dict(balanced.validation.schema)
    assert balanced.train["weight"].unique().to_list() == [1.0]


def test_similar_rows_stay_on_one_side_across_labels():
    job = make_job(rows=60, split={"validation": 0.25})
    texts = make_kept(job, cats=30, dogs=30)["text"].to_list()
    for place in range(60):
        if place % 10 < 3:  # the first three of each ten are variants of one text
            texts[place] = texts[place // 10 * 10] + "x" * (place % 10)
    rows = ({"text": text, "label": ("cat", "dog")[place % 2]} for place, text in enumerate(texts))
    balanced = balance.fn(job, make_candidates(job, *rows))
    assert count(balanced.validation) == {"cat": 7, "dog": 7}
    validation = set(balanced.validation["row_id"])
    assert all(len({f"r{first + place}" in validation for place in range(3)}) == 1 for first in range(0, 60, 10))


def test_the_split_does_not_depend_on_the_order():
    job = make_job(rows=60)
    kept = make_kept(job, cats=30, dogs=30)
    one, other = balance.fn(job, kept), balance.fn(job, kept.sample(fraction=1.0, shuffle=True, seed=2))
    assert one.train.equals(other.train) and one.validation.equals(other.validation)
    assert not one.validation.equals(balance.fn(make_job(rows=60, seed=1), kept).validation)


def test_rows_without_text_are_split_one_by_one():
    job = make_job(fields={"age": {"type": "integer"}}, rows=40, split={"validation": 0.25})
    kept = make_candidates(job, *({"age": age, "label": "cat" if age < 20 else "dog"} for age in range(40)))
    assert count(balance.fn(job, kept).validation) == {"cat": 5, "dog": 5}


def test_nothing_kept_gives_empty_tables():
    job = make_job()
    balanced = balance.fn(job, make_candidates(job))
    assert balanced.train.is_empty() and balanced.validation.is_empty() and balanced.rejects.is_empty()
