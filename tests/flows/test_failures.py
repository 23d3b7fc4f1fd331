"""Failure-driven rounds end to end: what is asked for, when they end, and that a resumed run finds the same."""

import json
from collections import Counter

import polars as pl
import pytest

from flows import stages
from pedigree.dataset.output_files import TABLES
from pedigree.dataset.review_decisions import Decision, format_review
from pedigree.dataset.schemas import read_table
from pedigree.errors import PedigreeError
from pedigree.generation.batch import resolve_parameters
from pedigree.generation.failures.kept_rows import read_kept_rows, replay_rounds
from pedigree.generation.failures.round_table import tabulate_rounds
from pedigree.job import open_job
from pedigree.ledger.ledger import Ledger
from pedigree.provenance.prompt_check import check_plan, check_prompts, rebuild_prompts
from pedigree.recipe.yaml_file import set_keys
from pedigree.report.failure_rounds import describe_rounds
from tests.support.fake_endpoint import Endpoint, error
from tests.support.make_failures import HARD, MISTAKEN, answer, draw_words, make_failures_job, rows


@pytest.fixture
def endpoint():
    with Endpoint(answer) as served:
        yield served


def make(job):
    """Generate and curate; return what generation said at the end."""
    said = stages.generate(job.workspace, job.dataset)
    stages.curate(job.workspace, job.dataset)
    return said


def read_tables(job):
    return {name: read_table(job.table(name)) for name in TABLES}


def check_chain(job):
    """Make the prompts and the plan again, as verify does."""
    tables = read_tables(job)
    parameters = {generator.title: resolve_parameters(job, generator) for generator in job.recipe.generators}
    kept = read_kept_rows(job, tables)
    made = rebuild_prompts(job, tables["prompts"], tables["completions"], parameters, kept)
    assert check_prompts(tables["prompts"], made)
    return check_plan(job, tables["prompts"], kept.select("row_id", "completion_id"), rows=kept)


def list_mistaken(prompts):
    """Return how many prompts of each round ask for a label and name another that it is taken for."""
    found = Counter()
    for number, label, messages in prompts.select("round", "label", "messages").iter_rows():
        said = MISTAKEN.search(json.loads(messages)[-1]["content"])
        found[number, label, said and said[1]] += 1
    return found


def test_what_a_classifier_gets_wrong_is_asked_for_and_a_perfect_one_ends_the_rounds(tmp_path, endpoint):
    job = make_failures_job(tmp_path, endpoint)
    said = make(job)
    assert "after round 2 a classifier of the rows gets all 40 rows right; still lacking: cat" in said
    prompts = read_table(job.table("prompts"))
    assert set(list_mistaken(prompts)) == {(1, "cat", None), (1, "dog", None), (2, "cat", "dog"), (2, "dog", "cat")}
    shown = prompts.filter(pl.col("round") == 2)
    assert shown["seed_row_ids"].list.len().is_between(1, 4).all()
    texts = {one.id: one.fields["text"] for one in job.seeds}
    for label, ids in shown.select("label", "seed_row_ids").iter_rows():
        assert all(HARD[label] in texts[id] for id in ids)
    assert "0 of them asked for now" in make(job)
    assert check_chain(job) == "2 rounds read what the plan says"

    tables = read_tables(job)
    told = tabulate_rounds(job, tables, replay_rounds(job, tables).failures)
    first, second = told["rounds"]
    assert first["macro_f1"] < 0.9 and second["macro_f1"] == 1 and second["wrong"] == 0
    assert first["asked"] == [] and {one["label"] for one in second["asked"]} == {"cat", "dog"}
    assert all(HARD[one["label"]] in one["words"] for one in second["asked"] if one["rows"] > 4)
    assert told["people"] == 40 and told["stop"].startswith("after round 2")
    said = describe_rounds(told)
    assert "cat taken for dog, " in said and "The rounds ended early: after round 2" in said


def test_the_rest_is_made_by_plain_prompts_where_the_recipe_says_so(tmp_path, endpoint):
    job = make_failures_job(tmp_path, endpoint, failures={"then": "plain"})
    assert "every label has its rows after 3 rounds" in make(job)
    asked = list_mistaken(read_table(job.table("prompts")))
    assert asked[3, "cat", None] and not asked[3, "cat", "dog"]
    assert check_chain(job) == "3 rounds read what the plan says"


def test_rounds_without_a_gain_end_them(tmp_path):
    with Endpoint(lambda body: answer(body, hard=False)) as endpoint:
        job = make_failures_job(tmp_path, endpoint, failures={"patience": 1})
        assert "rose no more beyond its interval in 1 round; still lacking" in make(job)
    assert check_chain(job) == "2 rounds read what the plan says"


def test_rows_that_collapse_end_them(tmp_path):
    def collapse(body):
        brief = body["messages"][-1]["content"]
        if not MISTAKEN.search(brief):
            return answer(body)
        return rows(*(f"you know it always {' '.join(draw_words([brief, place], 12))}" for place in range(4)))

    with Endpoint(collapse) as endpoint:
        job = make_failures_job(tmp_path, endpoint, rows=160)
        assert "the rows of round 2 collapse: 100% of 40 of its rows begin with the same words" in make(job)


def test_a_run_that_broke_off_goes_on_with_the_same_rows_and_pays_nothing_twice(tmp_path, endpoint):
    whole = make_failures_job(tmp_path / "whole", endpoint, rows=120, failures={"then": "plain"})
    make(whole)
    asked = len(endpoint.requests)
    job = make_failures_job(tmp_path / "broken", endpoint, rows=120, failures={"then": "plain"})
    served, allowed = [], [3, asked // 2, asked - 3, asked]

    def answer_some(body):
        if len(served) >= allowed[0]:
            return error(401)
        served.append(body)
        return answer(body)

    endpoint.answer = answer_some
    while len(allowed) > 1:
        with pytest.raises(PedigreeError):
            make(job)
        del allowed[0]
    make(job)
    paid = [{one.completion_id for one in Ledger(one.workspace.ledger)} for one in (job, whole)]
    assert paid[0] == paid[1] and len(served) == len(paid[0])
    for name in ("train", "validation", "prompts"):
        assert read_table(job.table(name)).equals(read_table(whole.table(name)))


def test_a_grown_dataset_keeps_its_rows(tmp_path, endpoint):
    job = make_failures_job(tmp_path, endpoint, rows=32, failures={"rounds": 2, "then": "plain"})
    make(job)
    before = {*read_table(job.table("train"))["row_id"], *read_table(job.table("validation"))["row_id"]}
    paid = len(endpoint.requests)
    base = [{"version": "v1.0.0", "rows": 32}]
    set_keys(job.workspace.recipe_path("pets"), {"rows": 64, "grown_from": base})
    grown = open_job(job.workspace, "pets")
    make(grown)
    after = {*read_table(job.table("train"))["row_id"], *read_table(job.table("validation"))["row_id"]}
    assert len(before) == 32 and before < after and len(after) == 64
    said = [json.dumps(body["messages"]) for body in endpoint.requests]
    assert len(said) > paid and not {*said[:paid]} & {*said[paid:]}
    check_chain(grown)


def test_decisions_of_people_change_no_prompt_of_the_rounds_before_them(tmp_path, endpoint):
    job = make_failures_job(tmp_path, endpoint, rows=32, failures={"rounds": 2, "then": "plain"})
    make(job)
    before, rows = read_table(job.table("prompts")), read_table(job.table("train")).sort("row_id").to_dicts()
    other = {"cat": "dog", "dog": "cat"}
    decisions = [
        Decision(row_id=rows[0]["row_id"], decision="reject", label=rows[0]["label"], who="Ann"),
        Decision(
            row_id=rows[1]["row_id"], decision="relabel", label=rows[1]["label"], new_label=other[rows[1]["label"]],
            who="Ann",
        ),
    ]  # fmt: skip
    path = job.workspace.root / "data/reviews/pets/review.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(format_review(decisions))
    set_keys(job.workspace.recipe_path("pets"), {"review": "data/reviews/pets/review.jsonl"})
    reviewed = open_job(job.workspace, "pets")
    make(reviewed)
    after = read_table(job.table("prompts"))
    assert after.height > before.height
    assert after.filter(pl.col("completion_id").is_in(before["completion_id"].to_list())).equals(before)
    check_chain(reviewed)
