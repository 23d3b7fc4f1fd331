"""What came of the triples that rows were asked for, by hand; and what the plan says of them."""

import json

import polars as pl
import pytest

from pedigree.audits.coverage.audit import audit_coverage
from pedigree.errors import RecipeError
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.prompts import to_frame
from pedigree.generation.slots import Slot
from pedigree.job import open_job
from pedigree.metrics.content.knowledge_use import measure_knowledge
from pedigree.provenance.manifest import hash_inputs
from tests.support.workspaces import make_workspace

FILE = "data/seeds/pets/triples.csv"
TRIPLES = [("ball", "UsedFor", "play"), ("lead", "UsedFor", "walks"), ("rain", "Causes", "wet paws"),
           ("Rain", "causes", "wet paws"), ("basket", "AtLocation", "hall"),
           ("rain", "Causes", "Wet paws")]  # fmt: skip
KNOWLEDGE = {"file": FILE, "sampling": "relation-balanced", "size": 4}


def open_pets(root, generator, triples=TRIPLES):
    asked = {"strategy": "knowledge", "model": "offline/template", "rows_per_call": 2, **generator}
    workspace = make_workspace(root, generators=[asked, {"strategy": "zero-shot", "model": "offline/template"}])
    lines = ["head,relation,tail", *(",".join(one) for one in triples)]
    (root / FILE).write_text("\n".join(lines))
    return open_job(workspace, "pets")


def test_it_counts_the_file_the_sample_what_was_asked_and_what_was_kept(tmp_path):
    job = open_pets(tmp_path, {"knowledge": KNOWLEDGE})
    builder = PromptBuilder(job)
    prompts = [builder.build(Slot(job.recipe.generators[0], "cat", index), 1, {}) for index in range(2)]
    first = json.loads(to_frame(prompts)["variables"][0])["row_attributes"]
    rows = pl.DataFrame({"completion_id": [prompts[0].completion_id] * 2, "position": [0, 1]}, {"position": pl.Int32,
                        "completion_id": pl.String})  # fmt: skip
    found = measure_knowledge(job, to_frame(prompts), rows)
    assert [*found] == ["knowledge"]
    counted = found["knowledge"]
    assert counted["triples"] == {"file": 4, "drawn": 4, "asked": 4, "kept": 2}
    assert counted["relations"]["kept"] == len({one["relation"] for one in first})
    assert (counted["relations"]["file"], counted["rows"], counted["left_out"]) == (3, 2, {"duplicate": 2})
    even = measure_knowledge(job, to_frame(prompts[:0]), rows)["knowledge"]
    assert even["evenness"] is None and even["triples"]["asked"] == 0


def test_the_plan_says_how_many_rows_a_triple_gets_and_the_file_is_an_input(tmp_path):
    job = open_pets(tmp_path, {"knowledge": KNOWLEDGE})
    (planned,) = audit_coverage(job).planned[:1]
    assert (planned.attribute, planned.count, planned.rows) == ("triple", 4, 4 / 2 / 4)
    assert "(ball, UsedFor, play)" in planned.values
    assert FILE in hash_inputs(job)


def test_the_draw_is_the_same_in_each_job_and_no_label_has_the_same_order(tmp_path):
    job = open_pets(tmp_path, {"knowledge": KNOWLEDGE, "rows_per_call": 4})
    told = {}
    for label in ("cat", "dog"):
        prompt = PromptBuilder(job).build(Slot(job.recipe.generators[0], label, 0), 1, {})
        told[label] = prompt.context.variables["facts"]
        assert f"Row 1: fact = {told[label][0]}\n" in prompt.messages[-1]["content"]
    assert {*told["cat"]} == {*told["dog"]} and len({*told["cat"]}) == 4
    assert open_job(job.workspace, "pets").knowledge == job.knowledge


@pytest.mark.parametrize(
    "generator, told",
    [
        ({}, "strategy knowledge needs knowledge, with a file of triples"),
        ({"knowledge": KNOWLEDGE, "strategy": "zero-shot"}, "the key knowledge goes with strategy knowledge"),
        ({"knowledge": {"sampling": "uniform"}}, "file"),
        ({"knowledge": {**KNOWLEDGE, "file": "/etc/passwd"}}, "must be a path below data/"),
        ({"knowledge": {**KNOWLEDGE, "sampling": "clever"}}, "sampling"),
        ({"knowledge": {**KNOWLEDGE, "size": 1}}, "size"),
        ({"knowledge": {**KNOWLEDGE, "size": 5}}, "has 4 usable triples, and knowledge.size is 5"),
        ({"knowledge": {**KNOWLEDGE, "relations": []} | {"relations": [""]}}, "no list of relations"),
        ({"knowledge": {**KNOWLEDGE, "relations": []}}, "it is empty; name at least one, or leave the key out"),
        ({"avoid": []}, r"\[\] is no list of openings: it is empty"),
        ({"knowledge": {**KNOWLEDGE, "file": "data/seeds/pets/none.csv"}}, "no such file"),
    ],
)
def test_a_recipe_that_cannot_work_is_refused(tmp_path, generator, told):
    with pytest.raises(RecipeError, match=told):
        open_pets(tmp_path, generator)
