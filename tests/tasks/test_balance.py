"""Each label has exactly its rows, and each split exactly its share; chance is in seed and ids alone."""

import random

import polars as pl

from pedigree.dataset.review_decisions import Decision, Review
from pedigree.dataset.schemas import rows_schema
from tasks.balance import balance
from tests.support.make_candidates import make_candidates, make_job
from tests.support.workspaces import make_job as make_real_job

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


def test_real_rows_come_first_and_are_marked(tmp_path):
    job = make_real_job(
        tmp_path, rows=8, real=[{"text": "A tabby on the stove", "label": "cat"}], split={"validation": 0.0}
    )
    made = make_kept(job, cats=4, dogs=4)
    train = balance.fn(job, pl.concat([made, job.screen_real_rows().rows])).train
    assert dict(train.select("row_id", "real").iter_rows()) == {
        **{f"r{place}": False for place in (0, 1, 2, 4, 5, 6, 7)}, job.real[0].id: True
    }  # fmt: skip
    assert train.columns == list(rows_schema(job.recipe)) and train.columns[-1] == "real"
    assert "real" not in rows_schema(make_job().recipe)  # and the tables of other datasets are what they were


def test_what_people_accepted_takes_no_real_rows_place(tmp_path):
    job = make_real_job(
        tmp_path, rows=8, real=[{"text": f"Real cat number {n} of the yard", "label": "cat"} for n in range(3)]
    )
    made = make_kept(job, cats=4, dogs=4)
    accepted = [Decision(row_id=id, decision="accept", label="cat", who="Ann") for id in made["row_id"][:4]]
    job.review = Review(accepted)
    balanced = balance.fn(job, pl.concat([job.screen_real_rows().rows, made]))
    assert pl.concat([balanced.train, balanced.validation])["real"].sum() == 3


def test_a_real_row_and_what_is_like_it_stay_on_one_side(tmp_path):
    near = "The old grey tabby sleeps on the warm stove all day long{}"
    job = make_real_job(
        tmp_path, rows=40, real=[{"text": near.format(""), "label": "cat"}], screens={"near_duplicate": None}
    )
    for seed in range(20):
        job.recipe = job.recipe.model_copy(update={"seed": seed})
        like = make_candidates(
            job, {"text": near.format(" now")}, *make_kept(job, 18, 20).select("text", "label").to_dicts()
        )
        balanced = balance.fn(job, pl.concat([job.screen_real_rows().rows, like]))
        sides = [{"r0", job.real[0].id} & set(frame["row_id"]) for frame in (balanced.train, balanced.validation)]
        assert sorted(map(len, sides)) == [0, 2]


def test_what_was_rewritten_from_a_real_row_stays_on_its_side(tmp_path):
    real = [
        {"text": f"Real {name} rests {where}", "label": "cat"}
        for name, where in (("tabby", "on the stove"), ("Manx", "by a pond"))
    ]
    generators = [{"strategy": "rewrite", "model": "offline/template", "rows_per_call": 4}]
    job = make_real_job(tmp_path, rows=40, real=[*real, {"text": "A dog", "label": "dog"}], generators=generators)
    first, second, _ = (one.id for one in job.real)
    origin = {"generator": "rewrite", "seed_row_ids": [first, second]}
    for seed in range(20):
        job.recipe = job.recipe.model_copy(update={"seed": seed})
        rewritten = [
            {"text": text, "position": place, **origin}
            for place, text in enumerate(["On a stove", "Near water", "Warm tiles", "A wet nose"])
        ]
        made = make_candidates(job, *rewritten, *make_kept(job, 14, 19).select("text", "label").to_dicts())
        balanced = balance.fn(job, pl.concat([job.screen_real_rows().rows, made]))
        for family in ({first, "r0", "r2"}, {second, "r1", "r3"}):
            assert sorted(len(family & set(frame["row_id"])) for frame in (balanced.train, balanced.validation)) == [
                0,
                3,
            ]
