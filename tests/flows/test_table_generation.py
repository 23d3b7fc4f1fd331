"""Rows of tables end to end, on scikit-learn's: the offline model, and a server whose rows are made in known ways.

The short form is iris; the others have the mark ``full``.
"""

import json

import pytest

from flows import stages
from pedigree.audits.privacy.audit import audit_rows
from pedigree.curation.tables.check_screen import compile_checks
from pedigree.curation.tables.precision import PrintedRows
from pedigree.curation.tables.sentences import write_sentence
from pedigree.dataset.schemas import read_table
from pedigree.job_outputs import read_rows
from tests.support.fake_endpoint import Endpoint
from tests.support.make_tables import answer_with, copy_some, draw_copula, make_table_job, resample

full = pytest.mark.full
TABLES = ["iris", *(pytest.param(name, marks=full) for name in ("wine", "breast_cancer", "diabetes"))]
FEW_ROUNDS = {"budget": {"rounds": 12}}


def run(job):
    """Make the rows; return them, and the reasons of the rejects with their number."""
    stages.generate(job.workspace, job.dataset)
    stages.curate(job.workspace, job.dataset)
    rows, rejects = read_rows(job), read_table(job.table("rejects"))
    assert {label: rows.filter(label=label).height for label in job.recipe.labels} == job.recipe.targets
    for check, compiled in compile_checks(job.recipe):
        assert rows.select(compiled.holds.fill_null(True).all()).item(), check  # in 100 % of the rows
    for name, field in job.recipe.fields.items():
        assert field.min <= rows[name].min() and rows[name].max() <= field.max
    return rows, rejects


def run_with(root, name, make, write=None, **changes):
    """Make the rows of a table with a server that answers so; return its job, rows and rejects."""
    with Endpoint() as endpoint:
        model = {"model": "openai/fake", "api_base": endpoint.url, **changes.pop("generator", {})}
        job = make_table_job(root, name, model, **FEW_ROUNDS, **changes)
        endpoint.answer = answer_with(job, make, write)
        return job, *run(job)


@pytest.mark.parametrize("name", TABLES)
def test_the_offline_model_makes_every_label_its_rows_and_predicted_labels_count(tmp_path, name):
    judge = {"name": "predictor", "question": "predict", "shots": 30, "model": "offline/template", "calibrate": 10}
    judge["parameters"] = {"faults": {"wrong_verdict": 0.1}}
    changes = {"judges": [{**judge, "on_disagreement": "relabel", "rows_per_call": 5}], **FEW_ROUNDS}
    generator = {"model": "offline/template", "label": "predicted", "form": "csv"}
    job = make_table_job(tmp_path, name, generator, **changes)
    rows, _ = run(job)
    prompts = read_table(job.table("prompts"))
    verdicts = prompts.filter(strategy="judge")
    asked = dict(prompts.select("completion_id", "label").iter_rows())
    relabelled = sum(asked[row["completion_id"]] != row["label"] for row in rows.iter_rows(named=True))
    assert rows["agreed"].all() and verdicts.height and relabelled
    for variables, shown in verdicts.select("variables", "seed_row_ids").iter_rows():
        told = json.loads(variables)
        judged = [list(text["fields"].values()) for text in told["texts"]]
        known = [[one["row"][at] for at in job.recipe.fields] for one in told["known"]]
        assert len(known) == 30 and not [row for row in judged if row in known] and len(shown) >= 30
    orders = {tuple(json.loads(one)["order"]) for one in prompts.filter(strategy="table")["variables"]}
    assert len(orders) > 1


@pytest.mark.parametrize("name", TABLES)
def test_resampled_rows_with_noise_pass_and_are_near_what_was_shown(tmp_path, name):
    job, rows, _ = run_with(tmp_path, name, resample)
    by_name = {one.name: one for one in audit_rows(job, rows).findings}
    assert not by_name["copies"].warns and by_name["nearness"].warns


@full
@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "diabetes"])
def test_rows_of_a_copula_pass(tmp_path, name):
    job, rows, rejects = run_with(tmp_path, name, draw_copula, generator={"form": "json"})
    assert rows.height == job.recipe.rows
    assert not set(rejects["reason"]) - {
        "surplus",
        "broken-check",
        "exact-duplicate",
        "held-out-overlap",
        "seed-copy",
        "shot-copy",
    }


@pytest.mark.parametrize("name", TABLES)
def test_copies_are_caught_by_the_screens_and_where_these_are_off_by_the_audit(tmp_path, name):
    job, rows, rejects = run_with(tmp_path / "on", name, copy_some)
    people = PrintedRows(job.recipe.fields)
    people.add([one.id for one in job.seeds], [one.fields for one in job.seeds])
    assert people.find(rows) == [None] * rows.height
    reasons = set(rejects["reason"])
    assert "seed-duplicate" in reasons and reasons & {"seed-copy", "shot-copy"}
    off = {"screens": {"seed_copy": None, "shot_copy": None}}
    job, rows, _ = run_with(tmp_path / "off", name, copy_some, **off)
    copies = next(one for one in audit_rows(job, rows).findings if one.name == "copies")
    assert copies.warns and not copies.figure.startswith("0 ")


def break_some(people, count, chance):
    """Return new rows; every fifth breaks a check of iris, every fifth is out of range."""
    rows = resample(people, count, chance)
    for at in range(0, count, 5):
        rows[at] |= {"petal_width": 2.4, "petal_length": 1.5}
    for at in range(1, count, 5):
        rows[at] |= {"sepal_length": 80.0}
    return rows


def test_rows_that_break_a_rule_are_rejects_with_it_also_where_the_answer_is_sentences(tmp_path):
    _, _, rejects = run_with(
        tmp_path,
        "iris",
        break_some,
        lambda rows: "\n".join(f"{at}. {write_sentence(one)}." for at, one in enumerate(rows, 1)),
    )
    broken = rejects.filter(reason="broken-check")
    assert (
        broken.height and broken["detail"].str.starts_with("petal_length > petal_width; but petal_length = 1.5").all()
    )
    beyond = rejects.filter(reason="out-of-range")
    assert beyond.height and beyond["detail"].str.starts_with("sepal_length is 80, wanted at least 4.3").all()
    assert broken["candidate"].str.contains('"petal_width":2.4', literal=True).all()
    assert beyond["candidate"].str.contains("sepal_length is 80.0", literal=True).all()
    assert "malformed" not in set(rejects["reason"])
