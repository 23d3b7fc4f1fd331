"""Weights are tried on people's rows, and kept by ``auto`` only where these say that they help."""

import numpy as np
import polars as pl
import pytest

from pedigree.dataset.schemas import rows_schema
from pedigree.errors import RecipeError
from pedigree.metrics.embedder import Embedder
from pedigree.metrics.embedder_choice import EmbedderChoice
from pedigree.weighting import choice
from pedigree.weighting.choice import choose_weights, select_people, weigh_rows
from pedigree.weighting.decision_text import explain, find_best
from tests.pedigree.weighting.test_schemes import WORDS, write
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
    tried = decision.trial["students"]["TF-IDF"]["tried"]
    assert decision.trial["yardstick"] == "TF-IDF" and list(decision.trial["students"]) == ["TF-IDF"]
    assert decision.used in tried and tried[decision.used]["difference_interval"][0] > 0
    assert decision.used == max(tried, key=lambda name: tried[name]["difference"])
    assert f"{decision.used} {tried[decision.used]['difference']:+.3f}" in decision.why
    assert decision.line.startswith(f"auto: weights of the scheme {decision.used} are used; macro-F1 +")
    weighed = weigh_rows(job, train)
    assert weighed["weight"].n_unique() > 20 and weighed.drop("weight").equals(train.drop("weight"))
    means = weighed.group_by("label").agg(pl.col("weight").mean())["weight"].to_list()
    assert means == pytest.approx([1, 1], abs=1e-3)


def test_auto_leaves_rows_that_are_right_and_says_why_with_figures(tmp_path):
    job = open_job(tmp_path, "auto")
    train = make_table(job, list_rows(*write(120, 2)))
    decision = choose_weights(job, train)
    tried = decision.trial["students"]["TF-IDF"]["tried"]
    assert decision.used == "none" and set(tried) == {"imp", "dimp", "reader"}
    assert decision.why.startswith("no weights were better than none beyond the interval, judged by the student on")
    assert "macro-F1 on 60 rows of people against no weights" in decision.why
    assert decision.line.startswith("auto: every weight is 1, as no scheme was better beyond the interval; the best, ")
    assert weigh_rows(job, train)["weight"].unique().to_list() == [1.0]


def test_equal_figures_are_explained_by_decisions_that_did_not_change(tmp_path):
    job = open_job(tmp_path, "auto", people=40)
    train = make_table(job, list_rows(*write(120, 2)))
    decision = choose_weights(job, train)
    student = decision.trial["students"]["TF-IDF"]
    assert {one["changed"] for one in student["tried"].values()} == {0} and student["right"] == 40
    spans = decision.trial["weights"]
    assert all(span["least"] < 0.9 < 1.1 < span["most"] for span in spans.values())  # so weights did reach the student
    imp = spans["imp"]
    assert (
        f"imp, dimp, reader equal no weights: weights are imp {imp['least']:.2f} to {imp['most']:.2f}" in decision.why
    )
    assert decision.why.endswith("without weights the student reads 40 of 40 rows rightly")


def test_the_report_tells_apart_weights_that_are_all_1():
    one = {"macro_f1": 0.5, "difference": 0.0, "difference_interval": [0.0, 0.0], "changed": 0}
    trial = make_trial(one, one) | {"weights": {"reader": {"least": 1.0, "most": 1.0}}}
    assert "on TF-IDF, reader equal no weights: every weight is 1; " in explain("reader", "reader", trial)


def make_trial(terms, embeddings):
    """Return a trial of the scheme reader by two students; embeddings decide."""
    students = {
        name: {"none": 0.5, "right": 20, "tried": {"reader": one}}
        for name, one in (("TF-IDF", terms), ("embeddings", embeddings))
    }
    spans = {"reader": {"least": 0.2, "most": 1.8}}
    return {"rows": 9, "people": 40, "yardstick": "embeddings", "weights": spans, "students": students}


def test_the_student_on_embeddings_decides():
    none = {"macro_f1": 0.5, "difference": 0.0, "difference_interval": [-0.01, 0.01], "changed": 2}
    gain = {"macro_f1": 0.51, "difference": 0.01, "difference_interval": [0.004, 0.02], "changed": 9}
    assert (find_best(make_trial(none, gain)), find_best(make_trial(gain, none))) == ("reader", "none")
    why = explain("auto", "reader", make_trial(none, gain))
    assert "judged by the student on embeddings" in why
    assert "student on TF-IDF: reader +0.000 (-0.010 to +0.010); student on embeddings: reader +0.010" in why


def test_with_an_embedder_both_students_are_tried(tmp_path, noisy, monkeypatch):
    def encode(texts):
        words = [(WORDS[label], word) for label in (0, 1) for word in WORDS[label]]
        return np.array([[word in text.split() for _, word in words] for text in texts], float) + 0.01

    found = EmbedderChoice("model2vec/models/own", Embedder("model2vec/models/own", encode))
    monkeypatch.setattr(choice, "choose_embedder", lambda *_: found)
    job = open_job(tmp_path, "auto", people=160, evaluate={"embedder": "model2vec/models/own"})
    decision = choose_weights(job, make_table(job, noisy))
    assert decision.trial["yardstick"] == "embeddings" and list(decision.trial["students"]) == ["TF-IDF", "embeddings"]
    tried = decision.trial["students"]["embeddings"]["tried"]
    assert decision.used == max(tried, key=lambda name: tried[name]["difference"])
    assert tried[decision.used]["difference_interval"][0] > 0 and "student on embeddings" in decision.line


def test_an_embedder_that_is_not_there_is_told(tmp_path, noisy):
    job = open_job(tmp_path, "auto", evaluate={"embedder": "model2vec/models/own"})
    decision = choose_weights(job, make_table(job, noisy))
    assert decision.trial["yardstick"] == "TF-IDF" and "models/own" in decision.note


def test_held_out_rows_have_no_part_in_it(tmp_path, noisy):
    found = []
    for name, seed in (("one", 8), ("other", 9)):
        job = open_job(tmp_path / name, "auto", held_out=list_rows(*write(40, seed)))
        found.append(choose_weights(job, make_table(job, noisy)).describe())
    assert found[0] == found[1]


def test_a_named_scheme_is_used_and_its_figures_are_told(tmp_path, noisy):
    job = open_job(tmp_path, "imp")
    decision = choose_weights(job, make_table(job, noisy))
    assert decision.used == "imp" and list(decision.trial["students"]["TF-IDF"]["tried"]) == ["imp"]
    assert decision.line.startswith("imp: weights of the scheme imp are used; macro-F1 ")
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
    with pytest.raises(RecipeError, match="names no seeds or real rows"):
        make_job(tmp_path, weights="imp")


def test_only_the_reader_asks_for_an_embedder(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(choice, "choose_embedder", lambda *rest: asked.append(rest[-1]) or choice.NO_EMBEDDER)
    for scheme in ("imp", "reader"):
        job = open_job(tmp_path / scheme, scheme, evaluate={"embedder": "model2vec/models/own"})
        choose_weights(job, make_table(job, list_rows(*write(20, 2))))
    assert asked == ["model2vec/models/own"]
