"""Strategy rewrite: each row rewrites a real text, of the label or of a corpus, and the chain names which."""

import json

import polars as pl
import pytest

from flows import stages
from pedigree.dataset.schemas import read_table
from pedigree.errors import RecipeError
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.rounds import Rounds
from pedigree.generation.slots import Slot
from pedigree.generation.strategies import build_context
from pedigree.job import Job, open_job
from pedigree.provenance.erasure_request import find_row
from pedigree.provenance.manifest import hash_inputs
from pedigree.provenance.prompt_check import check_prompts, rebuild_prompts
from pedigree.provenance.trace import trace_row
from tasks.plan import plan
from tests.support.fake_endpoint import Endpoint, rows
from tests.support.make_list_requests import answer_all, generate_table, job_asking, read_brief
from tests.support.workspaces import make_job, make_workspace

CORPUS = "data/seeds/pets/corpus.jsonl"
SEEDS = [
    *({"text": f"my cat purrs on sofa number {n} all day long", "label": "cat"} for n in range(6)),
    *({"text": f"the dog barks at gate number {n} every night", "label": "dog"} for n in range(3)),
]
DOCUMENTS = [f"a note about thing {n}, found on the doorstep of a house in the {n}th street" for n in range(9)]
REWRITE = {"strategy": "rewrite", "model": "offline/template", "rows_per_call": 4}


def make_corpus_job(root, *, documents=DOCUMENTS, held_out=(), **generator) -> Job:
    workspace = make_workspace(
        root, rows=16, held_out=held_out, generators=[{**REWRITE, "corpus": CORPUS, **generator}],
    )  # fmt: skip
    (root / CORPUS).write_text("".join(json.dumps({"text": text}) + "\n" for text in documents))
    return open_job(workspace, "pets")


def briefs(job, label="cat", count=6):
    return [build_context(job, Slot(job.recipe.generators[0], label, index)) for index in range(count)]


def test_seed_rows_of_the_label_are_rewritten_each_by_its_own_row(tmp_path):
    job = make_job(tmp_path, seeds=SEEDS, generators=[REWRITE])
    of_cat = {seed.id: seed for seed in job.seeds if seed.label == "cat"}
    for brief in briefs(job):
        assert len({*brief.seed_row_ids}) == 4
        assert [of_cat[id].fields for id in brief.seed_row_ids] == brief.variables["sources"]
    assert len({brief.seed_row_ids for brief in briefs(job)}) == 6
    (few,) = briefs(job, "dog", 1)
    assert len(few.variables["sources"]) == 4 and len(few.seed_row_ids) == 3  # of three rows one is rewritten twice


def test_documents_are_taken_in_the_order_of_their_rank_each_before_any_comes_again(tmp_path):
    job = make_corpus_job(tmp_path)
    shown = [source["text"] for brief in briefs(job, count=9) for source in brief.variables["sources"]]
    assert {*shown[:9]} == {*DOCUMENTS} and shown[9:18] == shown[:9]


def test_incentives_are_drawn_anew_for_each_slot(tmp_path):
    seeds = [{"text": f"{word} {n} {other}", "label": label} for label, words in
             {"cat": ("purrs", "naps", "claws", "hisses", "kitten"), "dog": ("barks", "digs", "fetches", "growls",
                 "puppy")}.items()
             for n, (word, other) in enumerate(zip(words * 2, words[1:] * 3, strict=False))]  # fmt: skip
    job = make_job(tmp_path, seeds=seeds, generators=[{**REWRITE, "incentives": ["taboo", "hints"]}])
    said = [brief.variables for brief in briefs(job)]
    assert all(
        len(one["taboo"]) == 3 and {*one["taboo"]} <= {"purrs", "naps", "claws", "hisses", "kitten"} for one in said
    )
    assert len({tuple(one["taboo"]) for one in said}) > 1 and all(len(one["hints"]) == 3 for one in said)
    assert not any(hint in one["sources"] for one in said for hint in one["hints"])
    assert all({"cat"} == {seed.label for seed in job.seeds if seed.id in brief.seed_row_ids} for brief in briefs(job))


def test_labels_with_few_real_rows_are_asked_for_first(tmp_path):
    job = make_job(tmp_path, seeds=SEEDS, rows=16, generators=[REWRITE, {**REWRITE, "strategy": "zero-shot"}])
    asked = [
        (one.slot.generator.strategy, one.slot.label)
        for one in plan.fn(job, Rounds(job.recipe), PromptBuilder(job)).build()
    ]
    assert [label for strategy, label in asked if strategy == "rewrite"] == ["dog", "cat"]
    assert asked[:2] == [("zero-shot", "cat"), ("zero-shot", "dog")]


@pytest.mark.parametrize("corpus", [False, True])
def test_the_stages_go_through_offline_and_the_chain_holds(tmp_path, corpus):
    job = make_corpus_job(tmp_path) if corpus else make_job(tmp_path, seeds=SEEDS, rows=16, generators=[REWRITE])
    prompts = generate_table(job)
    stages.curate(job.workspace, "pets")
    rows_ = pl.concat([read_table(job.table("train")), read_table(job.table("validation"))])
    assert rows_["label"].value_counts().sort("label")["count"].to_list() == [8, 8]
    made = rebuild_prompts(job, prompts, read_table(job.table("completions")), {"rewrite": {}})
    assert check_prompts(prompts, made) == f"{prompts.height} prompts are what recipe, templates and seeds say"
    shots = trace_row(job.workspace, rows_["row_id"][0])["prompt"]["shots"]
    path = CORPUS if corpus else job.recipe.seeds
    assert shots and all(shot["where"].startswith(f"{path}:") and shot["fields"]["text"] for shot in shots)
    assert path in hash_inputs(job)


def test_the_offline_model_keeps_off_forbidden_words(tmp_path):
    job = make_job(tmp_path, seeds=SEEDS, rows=16, generators=[{**REWRITE, "incentives": ["taboo"]}])
    generate_table(job)
    answers = read_table(job.table("completions")).join(read_table(job.table("prompts")), on="completion_id")
    for text, variables in answers.select("text", "variables").iter_rows():
        taboo = json.loads(variables)["taboo"]
        assert taboo and not any(word in row["text"].casefold() for row in json.loads(text)["rows"] for word in taboo)


def test_an_endpoint_is_shown_the_sources_and_a_copy_of_one_is_turned_away(tmp_path):
    def copy_first(body):
        first = next(line for line in read_brief(body).splitlines() if line.startswith("Source 1: "))
        return rows(json.loads(first.removeprefix("Source 1: "))["text"])

    with Endpoint(answer_all) as endpoint:
        endpoint.script = [copy_first]
        asks = {"model": "openai/fake", "api_base": endpoint.url, "retries": 1}
        job = make_corpus_job(tmp_path, **asks)
        generate_table(job)
        assert all("Source 4: " in read_brief(body) for body in endpoint.requests)
    stages.curate(job.workspace, "pets")
    (reject,) = read_table(job.table("rejects")).filter(reason="shot-copy").to_dicts()
    assert reject["detail"] == "similarity 1.00" and reject["rival"] in {one.id for one in job.corpora[CORPUS]}
    assert trace_row(job.workspace, reject["row_id"])["rival"]["kind"] == "document"


def test_a_seed_row_is_rewritten_over_an_endpoint(tmp_path):
    with Endpoint(answer_all) as endpoint:
        job = job_asking(endpoint, tmp_path, strategy="rewrite", seeds=SEEDS, turns=2)
        prompts = generate_table(job)
    assert prompts["turn"].to_list().count(1) == prompts.height // 2
    assert any(
        "rewrite the same sources in the same order" in body["messages"][-1]["content"] for body in endpoint.requests
    )


def test_a_document_can_be_taken_back(tmp_path):
    job = make_corpus_job(tmp_path)
    row = find_row(job, None, "about thing 4,")
    assert (row.path, row.lines) == (CORPUS, (5,))


@pytest.mark.parametrize(
    "change, says",
    [
        ({"strategy": "zero-shot", "corpus": CORPUS}, "the keys corpus and incentives go with strategy rewrite"),
        ({"strategy": "zero-shot", "incentives": ["taboo"]}, "the keys corpus and incentives go with strategy rewrite"),
        ({}, "generator 'rewrite' rewrites seeds, but the recipe has none"),
        ({"corpus": CORPUS, "incentives": ["hints"]}, "the incentives of generator 'rewrite' come from seeds"),
        ({"corpus": "../x.jsonl"}, "must be a path below data/"),
        ({"corpus": "data/seeds/pets/none.jsonl"}, "no such file"),
    ],
)
def test_a_recipe_with_nothing_to_rewrite_is_refused(tmp_path, change, says):
    with pytest.raises(RecipeError, match=says):
        make_job(tmp_path, generators=[{**REWRITE, **change}])


def test_a_label_without_seed_rows_is_named(tmp_path):
    job = make_job(tmp_path, seeds=SEEDS[:6], generators=[REWRITE])
    with pytest.raises(
        RecipeError, match="has none of label 'dog'\n  to do: add seed rows of that label, or name a 'corpus'"
    ):
        briefs(job, "dog")


def test_a_held_out_row_in_the_corpus_is_refused(tmp_path):
    held_out = [{"text": DOCUMENTS[2].upper(), "label": "cat"}, {"text": "a dog", "label": "dog"}]
    with pytest.raises(RecipeError, match=r"corpus\.jsonl, line 3: the text is that of line 1 of .*held_out\.jsonl"):
        make_corpus_job(tmp_path, held_out=held_out)
