"""Weights are tried on people's rows, and kept by ``auto`` only where these say that they help."""

import polars as pl
import pytest

from pedigree.dataset.schemas import rows_schema
from pedigree.errors import RecipeError
from pedigree.weighting import choice
from pedigree.weighting.choice import choose_weights, select_people, weigh_rows
from tests.pedigree.weighting.test_schemes import write
from tests.support.workspaces import make_job

NAMES = ["cat", "dog"]


def list_rows(texts, labels):
    return [{"text": text, "label": NAMES[label]} for text, label in zip(texts, labels, strict=True)]


def make_table(job, rows, real=()):
    """Return rows as a table: those of a model, then real ones."""
    lines = [
        {"row_id": f"{place:04}", **row, "weight": 1.0, "generator": "g", "completion_id": None if is_real else "c",
         "position": 0, **({"real": is_real} if job.recipe.real else {})}
        for place, (row, is_real) in enumerate([*((row, False) for row in rows), *((row, True) for row in real)])
    ]  # fmt: skip
    return pl.DataFrame(lines, rows_schema(job.recipe))


@pytest.fixture(scope="module")
def noisy():
    """Rows of a model: of one label 45 % carry the other, so that a student of them is biased."""
    texts, labels = write(200, 1)
    asked = labels.copy()
    asked[1:180:4] = 0
    return list_rows(texts, asked)


def open_job(root, weights, people=60, **changes):
    return make_job(root, seeds=list_rows(*write(people, 7)), weights=weights, **changes)


def test_auto_keeps_weights_that_help_people(tmp_path, noisy):
    job = open_job(tmp_path, "auto", people=160)
    train = make_table(job, noisy)
    decision = choose_weights(job, train)
    tried = decision.trial["tried"]
    assert decision.used in tried and tried[decision.used]["difference_interval"][0] > 0
    assert decision.used == max(tried, key=lambda name: tried[name]["difference"])
    assert f"{decision.used} {tried[decision.used]['difference']:+.3f}" in decision.why
    weighed = weigh_rows(job, train)
    assert weighed["weight"].n_unique() > 20 and weighed.drop("weight").equals(train.drop("weight"))
    means = weighed.group_by("label").agg(pl.col("weight").mean())["weight"].to_list()
    assert means == pytest.approx([1, 1], abs=1e-3)


def test_auto_leaves_rows_that_are_right_and_says_why_with_figures(tmp_path):
    job = open_job(tmp_path, "auto")
    train = make_table(job, list_rows(*write(120, 2)))
    decision = choose_weights(job, train)
    assert decision.used == "none" and set(decision.trial["tried"]) == {"imp", "dimp", "reader"}
    assert decision.why.startswith(
        "no weights were better than none beyond the interval; macro-F1 on 60 rows of people"
    )
    assert weigh_rows(job, train)["weight"].unique().to_list() == [1.0]


def test_held_out_rows_have_no_part_in_it(tmp_path, noisy):
    found = []
    for name, seed in (("one", 8), ("other", 9)):
        job = open_job(tmp_path / name, "auto", held_out=list_rows(*write(40, seed)))
        found.append(choose_weights(job, make_table(job, noisy)).describe())
    assert found[0] == found[1]


def test_a_named_scheme_is_used_and_its_figures_are_told(tmp_path, noisy):
    job = open_job(tmp_path, "imp")
    decision = choose_weights(job, make_table(job, noisy))
    assert decision.used == "imp" and list(decision.trial["tried"]) == ["imp"]
    assert decision.why.startswith("the recipe asks for them; macro-F1 on 60 rows of people")


def test_too_few_people_give_no_weights_and_a_reason(tmp_path, noisy):
    job = open_job(tmp_path, "reader", people=6)
    train = make_table(job, noisy)
    decision = choose_weights(job, train)
    assert (decision.used, decision.trial) == ("none", {}) and "4 rows by people of each of two labels" in decision.why
    assert weigh_rows(job, train).equals(train)


def test_real_rows_keep_their_weight_and_teach_only_from_the_train_split(tmp_path, noisy):
    real = list_rows(*write(40, 7))
    job = make_job(tmp_path, real=real, weights="reader", rows=300)
    train = make_table(job, noisy, real[:30])
    assert set(select_people(job, train).texts) == {row["text"] for row in real[:30]}
    first = weigh_rows(job, train)
    assert first.filter("real")["weight"].to_list() == [1.0] * 30
    assert first.filter(~pl.col("real"))["weight"].n_unique() > 20


def test_weights_need_rows_of_people(tmp_path):
    with pytest.raises(RecipeError, match="neither seeds nor real rows"):
        make_job(tmp_path, weights="imp")


def test_only_the_reader_asks_for_an_embedder(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(choice, "choose_embedder", lambda *rest: asked.append(rest[-1]) or choice.NO_EMBEDDER)
    for scheme in ("imp", "reader"):
        job = open_job(tmp_path / scheme, scheme, evaluate={"embedder": "model2vec/models/own"})
        choose_weights(job, make_table(job, list_rows(*write(20, 2))))
    assert asked == ["model2vec/models/own"]
