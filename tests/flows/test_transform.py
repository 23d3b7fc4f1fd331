"""Strategy transform: records of another dataset become rows, and the model may leave out single ones."""

import json
from collections import Counter

import polars as pl
import pytest

from flows import stages
from pedigree.dataset.schemas import read_table
from pedigree.errors import RecipeError
from pedigree.generation.slots import Slot
from pedigree.generation.strategies import build_context
from pedigree.job import Job, open_job
from pedigree.job_outputs import read_rows
from pedigree.provenance.erasure_request import find_row
from pedigree.provenance.manifest import hash_inputs
from pedigree.provenance.prompt_check import check_prompts, rebuild_prompts
from pedigree.provenance.trace import trace_row
from tests.support.fake_endpoint import Endpoint, rows
from tests.support.make_list_requests import generate_table, hash_words, read_brief
from tests.support.workspaces import make_workspace

CORPUS = "data/seeds/pets/questions.jsonl"
RECORDS = [
    {"question": f"What eats thing {n} in the {n}th street?", "answers": {"text": ["a pet"], "at": n}, "note": None}
    for n in range(12)
]
WAY = {"strategy": "transform", "model": "offline/template", "rows_per_call": 4, "corpus": CORPUS}


def make_job(root, *generators, records=RECORDS, **changes) -> Job:
    workspace = make_workspace(root, rows=16, generators=list(generators) or [WAY], **changes)
    (root / CORPUS).write_text("".join(json.dumps(record) + "\n" for record in records))
    return open_job(workspace, "pets")


def test_a_record_is_shown_with_all_its_fields_each_once_before_any_comes_again(tmp_path):
    job = make_job(tmp_path)
    briefs = [build_context(job, Slot(job.recipe.generators[0], "cat", index)) for index in range(6)]
    shown = [source for brief in briefs for source in brief.variables["sources"]]
    assert {source["question"] for source in shown[:12]} == {one["question"] for one in RECORDS}
    assert shown[12:] == shown[:12] and all(len(brief.seed_row_ids) == 4 for brief in briefs)
    assert all(source["answers"].startswith('{"at":') and "note" not in source for source in shown)


def test_a_record_that_makes_no_row_is_a_reject_and_the_next_round_asks_for_another(tmp_path):
    left_out = []

    def answer(body):
        brief, number = read_brief(body), len(endpoint.requests)
        texts = [hash_words(number, place) for place in range(4)]
        if "Label: cat" in brief and not left_out:
            left_out.append(brief)
            texts[1] = texts[2] = ""
        return rows(*texts)

    with Endpoint(answer) as endpoint:
        asks = {"model": "openai/fake", "api_base": endpoint.url, "retries": 1, "concurrency": 1}
        job = make_job(tmp_path, {**WAY, **asks})
        prompts = generate_table(job)
    stages.curate(job.workspace, "pets")
    kept, rejects = read_rows(job), read_table(job.table("rejects")).filter(pl.col("reason") != "surplus")
    assert Counter(kept["label"]) == {"cat": 8, "dog": 8}
    assert Counter(rejects["reason"]) == {"unfit-source": 2} and {*rejects["label"]} == {"cat"}
    assert prompts["round"].max() == 2 and {*prompts.filter(round=2)["label"]} == {"cat"}
    made = rebuild_prompts(job, prompts, read_table(job.table("completions")), {"transform": {}})
    assert "are what recipe, templates and seeds say" in check_prompts(prompts, made)
    assert trace_row(job.workspace, rejects["row_id"][0])["prompt"]["shots"][0]["where"].startswith(f"{CORPUS}:")
    assert trace_row(job.workspace, kept["row_id"][0])["prompt"]["shots"]


def test_an_empty_row_of_another_strategy_is_as_before(tmp_path):
    with Endpoint(lambda body: rows("", *(hash_words(len(endpoint.requests), n) for n in range(3)))) as endpoint:
        asks = {"model": "openai/fake", "api_base": endpoint.url, "retries": 1, "rows_per_call": 4}
        job = make_job(tmp_path, {**asks, "strategy": "zero-shot"})
        generate_table(job)
    stages.curate(job.workspace, "pets")
    reasons = Counter(read_table(job.table("rejects"))["reason"])
    assert reasons["empty"] and not reasons["unfit-source"]


def test_a_copy_of_a_record_is_turned_away_and_a_record_can_be_taken_back(tmp_path):
    copied = {"question": "a whole record that somebody wrote about the cat of the house next door"}
    with Endpoint(lambda body: rows(copied["question"], hash_words(len(endpoint.requests)))) as endpoint:
        asks = {"model": "openai/fake", "api_base": endpoint.url, "retries": 1}
        job = make_job(tmp_path, {**WAY, **asks, "rows_per_call": 2}, records=[copied, RECORDS[0]])
        generate_table(job)
    stages.curate(job.workspace, "pets")
    reasons = Counter(read_table(job.table("rejects"))["reason"])
    assert reasons["shot-copy"] and copied["question"] not in {*read_rows(job)["text"]}
    assert CORPUS in hash_inputs(job)
    row = find_row(job, None, "the house next door")
    assert (row.path, row.lines) == (CORPUS, (1,))


@pytest.mark.parametrize(
    "change, says",
    [
        ({"generators": [{**WAY, "corpus": None}]}, "strategy transform needs corpus"),
        ({"generators": [{**WAY, "incentives": ["taboo"]}]}, "the keys corpus and incentives go with strategy rewrite"),
        ({"generators": [WAY, {**WAY, "strategy": "rewrite"}]}, "is rewritten and transformed: give one of the two"),
        ({"records": [{"number": 3}]}, r"questions\.jsonl, line 1: the record holds no text"),
        ({"records": [{"a": "x" * 5000, "b": "y" * 3001}]}, "line 1: 8,001 characters"),
        ({"records": [{"a": "one", "b": "HELD out"}], "held_out": [{"text": "held out", "label": "cat"}]},
            "line 1: the text is that of line 1 of .*held_out"),
    ],
)  # fmt: skip
def test_what_can_not_be_transformed_is_refused(tmp_path, change, says):
    with pytest.raises(RecipeError, match=says):
        make_job(tmp_path, *change.pop("generators", []), **change)
