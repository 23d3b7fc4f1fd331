"""Drift gates: what a growing version adds is held to the version before; what grew from nothing is not."""

import polars as pl
import pytest

from pedigree.dataset import schemas
from pedigree.errors import RecipeError
from pedigree.job import Job
from pedigree.job_outputs import read_rows
from pedigree.recipe.yaml_file import load_recipe
from tasks.distribution import check_labels
from tasks.drift import check_drift, mark_added
from tasks.validate import validate
from tests.support.make_validated_rows import make_job, make_rows, write_tables

BASE, PER_COMPLETION = 80, 4
MEASURES = ["labels", "labels as read", "lengths", "vocabulary", "diversity"]


@pytest.fixture
def grown(tmp_path):
    return grow(tmp_path)


def grow(path, rows: int = 120, **changes) -> Job:
    """Return a job that grew from 80 rows."""
    return make_job(path, rows=rows, grown_from=[{"version": "v1.0.0", "rows": BASE}], **changes)


def fill(job: Job, praise: int = 60, complaint: int = 60, **added: pl.Expr) -> pl.DataFrame:
    """Write the tables: 4 rows a completion, the base's 80 of round 1, the rest of round 2 with other values."""
    rows = make_rows(job, praise, complaint)
    number = pl.col("position") - 100
    rows = rows.with_columns(
        pl.when(number >= BASE // 2).then(value).otherwise(name).alias(name) for name, value in added.items()
    )
    rows = rows.with_columns(
        completion_id=pl.format("{}-{}", "label", number // PER_COMPLETION), position=number % PER_COMPLETION
    )
    write_tables(job, rows)
    slot = pl.col("completion_id").str.extract(r"(\d+)$").cast(pl.Int32)
    first = slot < BASE // 2 // PER_COMPLETION
    asked = rows.select("completion_id", "label", slot=slot, round=pl.when(first).then(1).otherwise(2)).unique(
        maintain_order=True
    )
    for name, schema in (("prompts", schemas.PROMPTS), ("completions", schemas.COMPLETIONS)):
        extra = {
            "turn": 0,
            "sample": 0,
            "generator": "zero-shot",
            "finish_reason": "stop",
            "model": "m",
            "model_answered": "m",
        }
        lines = [extra | line for line in asked.iter_rows(named=True)]
        schemas.write_table(
            pl.DataFrame([{key: line.get(key) for key in schema} for line in lines], schema), job.table(name)
        )
    return rows


def judge(job: Job) -> dict[str, bool]:
    return {gate.name.removeprefix("drift: "): gate.passed for gate in check_drift(job, read_rows(job))}


def test_the_rows_that_a_label_has_more_than_the_base_wanted_are_the_added_ones(grown):
    rows = fill(grown)
    marked = mark_added(grown, read_rows(grown))
    assert marked["row_id"].is_sorted() and marked.height == rows.height
    assert set(marked.filter("added")["completion_id"]) == {
        f"{label}-{n}" for label in ("praise", "complaint") for n in range(10, 15)
    }


def test_more_of_the_same_passes(grown):
    fill(grown)
    assert judge(grown) == dict.fromkeys(MEASURES, True)


@pytest.mark.parametrize(
    ("text", "fails"),
    [
        (pl.col("text") + " and so on and on, with a great deal more to say about it", {"lengths", "vocabulary"}),
        (pl.col("text").str.reverse(), {"labels as read", "vocabulary"}),
        (
            pl.lit("we love the nice and kind people of this place") + pl.col("position").cast(pl.String),
            {"diversity", "labels as read"},
        ),
    ],
)
def test_a_model_that_changed_is_found_out(grown, text, fails):
    fill(grown, text=text)
    found = judge(grown)
    assert fails <= {name for name, passed in found.items() if not passed}
    assert found["labels"]


def test_another_mix_of_labels_is_found_out(grown):
    fill(grown, praise=75, complaint=45)
    assert not judge(grown)["labels"]
    (gate, *_) = check_drift(grown, read_rows(grown))
    assert (gate.severity, gate.figure, gate.limit) == ("critical", 0.375, 0.05)
    assert gate.message == (
        "The 40 rows added to v1.0.0 do not have the labels of the version before (total-variation distance): 0.375 "
        "beyond chance, expected at most 0.05 (0.375, of which chance explains 0; praise 88%, before 50%)"
    )


def test_shares_that_whole_rows_cannot_have_are_no_drift(tmp_path):
    job = grow(tmp_path, rows=81)
    fill(job, praise=41, complaint=40)
    assert judge(job)["labels"]  # the one row is all praise


def test_a_limit_of_null_is_off_and_a_wider_one_lets_pass(tmp_path):
    job = grow(tmp_path, drift={"lengths": None, "labels_read": None, "vocabulary": 1, "diversity": None})
    fill(job, text=pl.col("text") + " and so on and on, with a great deal more to say about it")
    assert judge(job) == {"labels": True, "vocabulary": True}


def test_without_seeds_nothing_is_read(tmp_path):
    job = grow(tmp_path, seeds=False)
    fill(job)
    assert list(judge(job)) == ["labels", "lengths", "vocabulary", "diversity"]


def test_rows_without_text_are_compared_by_their_labels(tmp_path):
    job = grow(tmp_path, fields={"age": {"type": "integer"}}, seeds=False)
    fill(job)
    assert list(judge(job)) == ["labels"]


def test_a_version_that_grew_from_nothing_is_not_judged(tmp_path):
    job = make_job(tmp_path)
    write_tables(job, make_rows(job))
    assert check_drift(job, read_rows(job)) == []


def test_validate_records_drift_as_failed_gates(grown):
    fill(grown, text=pl.col("text").str.reverse())
    gates = validate.fn(grown, check_labels.fn(grown))
    assert not gates.passed and "drift: vocabulary" in [gate.name for gate in gates.failed]
    written = (grown.folder / "gates.json").read_bytes()
    validate.fn(grown, check_labels.fn(grown))
    assert (grown.folder / "gates.json").read_bytes() == written


def test_a_limit_that_is_none_is_refused_with_its_line(tmp_path):
    path = tmp_path / "pets.yaml"
    path.write_text(
        "dataset: pets\ntask: t\ndrift: {lengths: 2}\nlabels:\n  a: {share: 0.5, means: x}\n  b: {share: 0.5, "
        "means: y}\n"
        "rows: 2\ngenerators: [{model: offline/template}]\n"
    )
    with pytest.raises(RecipeError, match=r"pets.yaml, line 3: drift.lengths: found .*\n  expected: at most 1"):
        load_recipe(path)
