"""Scenarios end to end: offline through all stages, and over an endpoint where some answers are no good."""

import json
from collections import Counter

import polars as pl
import pytest
from rich.console import Console
from typer.testing import CliRunner

from cli.app import app
from flows import stages
from pedigree.audits.coverage.audit import audit_coverage
from pedigree.dataset.schemas import read_table
from pedigree.errors import RecipeError
from pedigree.generation.feasibility import check_scenarios
from pedigree.job_outputs import read_rows
from tests.flows.test_strategies import check_chain
from tests.support.fake_endpoint import Endpoint, rows, said
from tests.support.make_list_requests import hash_words, read_brief
from tests.support.workspaces import make_job

STRAY = {"name": "stray", "means": "a stray that nobody owns", "floor": 6}
ATTRIBUTES = {"model": "offline/template", "rows_per_call": 4, "strategy": "attributes",
              "attributes": {"tone": ["calm", "cross"]}}  # fmt: skip


def count_strays(job):
    kept = read_rows(job)
    return Counter(kept.filter(pl.col("generator").str.ends_with("-stray"))["label"]), kept.height


def test_over_an_endpoint_a_floor_is_reached_though_answers_for_it_are_no_good(tmp_path):
    def answer(body):
        brief, number = read_brief(body), len(endpoint.requests)
        if "\nCase: a stray that nobody owns\n" not in brief:
            return rows(*(f"{hash_words(number, place)} is what I saw" for place in range(4)))
        bad = [said("Shall I write about strays?"), said('{"rows": [{"text": "it ends'), said(None)]
        strays.append(number)
        if len(strays) <= len(bad):
            return bad[len(strays) - 1]
        return rows(*(f"{hash_words(number, place)} on the street" for place in range(3)))

    strays = []
    with Endpoint(answer) as endpoint:
        asks = {"model": "openai/fake", "api_base": endpoint.url, "rows_per_call": 4, "retries": 1, "concurrency": 1}
        job = make_job(tmp_path, rows=32, generators=[asks], scenarios=[STRAY])
        stages.generate(job.workspace, "pets")
        stages.curate(job.workspace, "pets")
    found, height = count_strays(job)
    assert found["cat"] >= 3 and found["dog"] >= 3 and height == 32 and len(strays) > 3
    prompts = read_table(job.table("prompts"))
    assert prompts.filter(generator="zero-shot-stray")["variables"].str.contains('"scenario":"stray"').all()
    assert (
        prompts["round"].max() > 1 and not prompts.filter(generator="zero-shot")["messages"].str.contains("Case").any()
    )
    check_chain(job, prompts)


def test_the_plan_tells_floors_before_and_the_rows_after_a_run(tmp_path, monkeypatch):
    job = make_job(tmp_path, rows=40, generators=[ATTRIBUTES], scenarios=[{**STRAY, "labels": ["cat"]}])
    monkeypatch.chdir(tmp_path)
    before = CliRunner().invoke(app, ["coverage", "pets"], catch_exceptions=False)
    assert "stray          –       –       6  –    cat 6" in before.stdout
    planned = {one.label: one.rows for one in audit_coverage(job).planned}
    assert planned == {"cat": (20 - 6) / 2, "dog": 20 / 2}
    stages.generate(job.workspace, "pets")
    stages.curate(job.workspace, "pets")
    after = CliRunner().invoke(app, ["coverage", "pets", "--json"], catch_exceptions=False)
    (one,) = json.loads(after.stdout)["scenarios"]
    assert one["met"] and one["kept"] >= 6 and one["asked"] >= 6 and count_strays(job)[1] == 40


def test_people_s_rows_that_leave_no_room_for_a_scenario_are_told_before_a_run(tmp_path):
    real = [{"text": f"the {n}th cat that came to us", "label": "cat"} for n in range(8)]
    job = make_job(tmp_path, rows=20, real=real, scenarios=[STRAY])
    with pytest.raises(RecipeError, match="scenarios want 3 rows of label 'cat', but 8 of its 10 rows are people's"):
        check_scenarios(job)
    check_scenarios(make_job(tmp_path / "more", rows=22, real=real, scenarios=[STRAY]))


@pytest.mark.full
@pytest.mark.parametrize("selection", ["arrival", "coverage"])
def test_offline_all_stages_keep_the_floors_and_the_gate_and_the_report_say_so(tmp_path, selection):
    faulty = {**ATTRIBUTES, "parameters": {"faults": {"meta": 0.3}}}
    job = make_job(tmp_path, rows=80, generators=[faulty], scenarios=[STRAY, {**STRAY, "name": "lost", "floor": 0.1}],
                   selection=selection)  # fmt: skip
    stages.generate(job.workspace, "pets")
    stages.curate(job.workspace, "pets")
    stages.validate(job.workspace, "pets", Console(quiet=True))
    stages.measure(job.workspace, "pets")
    metrics = json.loads((job.folder / "metrics.json").read_text())
    assert [(one["met"], one["floor"]) for one in metrics["scenarios"]] == [(True, 6), (True, 8)]
    gates = {one["name"]: one for one in json.loads((job.folder / "gates.json").read_text())["gates"]}
    assert gates["scenario floors"]["passed"] is True
    assert metrics["generators"]["attributes"]["variety"]["rows"] > 20  # rare scenarios do not shorten the comparison
    assert 'id="scenarios"' in (job.folder / "report.html").read_text()
    assert "0 of them asked for now" in stages.generate(job.workspace, "pets")
