"""Rows with several labels, step by step: what is asked, what answers give, what judges say, what is kept."""

import json

import polars as pl
import pytest
from rich.console import Console

from flows import stages
from pedigree.curation.judging import judge_rows
from pedigree.curation.verdicts import read_verdicts
from pedigree.dataset.results import GateResults, read_result
from pedigree.dataset.schemas import read_table, rows_schema
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.slots import Slot
from pedigree.generation.verdict_prompts import VerdictPrompts
from pedigree.job import open_duplicate_checker
from pedigree.metrics.label_sets.gates import make_set_gates
from tasks.balance import balance
from tasks.distribution import check_labels
from tasks.parse import parse
from tasks.screen import screen
from tests.support.fake_endpoint import Endpoint, said
from tests.support.make_candidates import make_answers, make_candidates, make_job
from tests.support.make_completions import ask
from tests.support.make_label_sets import LABELS, PER_ROW, SEVERAL
from tests.support.workspaces import make_job as make_real_job

SEEDS = [
    {"text": "The soup was cold and the waiter rude.", "labels": ["food", "service"]},
    {"text": "Far too expensive.", "labels": ["price"]},
    {"text": "A damp room, and the fish was off.", "labels": ["food", "room"]},
]
PLAIN = {name: SEVERAL[name] for name in ("labels", "labels_per_row", "rows")}
JUDGE = {"name": "second", "model": "offline/template", "question": "labels", "rows_per_call": 2}


def test_a_prompt_names_the_labels_of_its_set_and_those_that_it_may_not_show(tmp_path):
    job = make_real_job(tmp_path, **SEVERAL)
    [generator] = job.recipe.generators
    prompt = PromptBuilder(job).build(Slot(generator, "food + service", 0), 1, {})
    told = prompt.messages[-1]["content"]
    assert "Label: food + service\n" in told and "Not: room (the room)\n" in told  # service is unlike room
    assert "Shows: food (what was eaten)\nShows: service (how the staff was)\n" in told
    assert told.endswith("Shows none of: price; room") and "all 2 of these labels at once" in told
    single = make_real_job(tmp_path / "single")
    plain = PromptBuilder(single).build(Slot(single.recipe.generators[0], "cat", 0), 1, {})
    assert "prompts/_label-set.j2" in prompt.template.files and "prompts/_label-set.j2" not in plain.template.files


@pytest.mark.parametrize(
    ("row", "passes"),
    [
        ({}, True),
        ({"label": "food + service"}, True),
        ({"labels": ["service", "food"]}, True),
        ({"Labels": "service; food"}, True),
        ({"labels": ["food"]}, False),
        ({"label": "food"}, False),
        ({"labels": []}, False),
        ({"labels": ["food", "service", "price"]}, False),
        ({"labels": {"food": True}}, False),
    ],
)
def test_an_answer_that_states_another_set_is_rejected(row, passes):
    answer = {"text": json.dumps({"rows": [{"text": "Cold soup, rude waiter.", **row}]}), "label": "food + service"}
    parsed = parse.fn(make_job(**PLAIN), *make_answers(answer))
    assert parsed.candidates.height == passes
    assert parsed.rejects["reason"].to_list() == ["wrong-label"] * (not passes)


def test_malformed_answers_of_a_server_give_rows_or_rejects_with_reasons(tmp_path):
    answers = [
        said('{"rows": [{"text": "Cold soup."}, {"text": "price: Far too much.", "labels": "price"}]}'),
        said('{"rows": {"food": [{"text": "Warm soup."}]}}'),
        said('{"rows": [{"text": "Fish", "labels": ["food", 3]}, {"text": null}]}'),
        said("{"),
        said(""),
    ]
    with Endpoint(lambda body: answers.pop(0) if answers else said("")) as endpoint:
        asked = {"model": "openai/fake", "api_base": endpoint.url, "rows_per_call": 2, "retries": 0, "concurrency": 1}
        job = make_real_job(tmp_path, **PLAIN, generators=[asked])
        done = ask(job, 5, labels=("food",))
    parsed = parse.fn(job, done.prompt_table(), done.completion_table())
    screened = screen.fn(job, parsed.candidates, open_duplicate_checker(job))
    reasons = {*parsed.rejects["reason"], *screened.rejects["reason"]}
    assert set(screened.kept["label"]) <= {*job.recipe.labels} and {"wrong-label", "empty", "cut"} <= reasons


@pytest.mark.parametrize(
    ("said", "vote"),
    [
        ('{"verdicts": [{"row": 1, "labels": ["service", "food"]}]}', "food + service"),
        ('[{"row": 1, "labels": []}]', "no label"),
        ('{"verdicts": [{"row": 1, "labels": "food"}]}', None),
        ('{"verdicts": [{"row": 1, "labels": ["food", "food"]}]}', None),
        ('{"verdicts": [{"row": 1, "labels": ["soup"]}]}', None),
        ('{"verdicts": [{"row": 1, "labels": [["food"]]}]}', None),
        ('{"verdicts": [{"row": 1, "label": ["food"]}]}', None),
        ('{"verdicts": []}', None),
    ],
)
def test_a_verdict_is_a_list_of_labels_and_nothing_else(said, vote):
    assert read_verdicts(said, "stop", [list(LABELS)], "labels") == [vote]


def test_a_judge_is_asked_for_all_labels_and_rejects_what_shows_another_set(tmp_path):
    job = make_real_job(tmp_path, **SEVERAL, judges=[JUDGE])
    rows = make_candidates(job, *({"text": f"Text {label}.", "label": label} for label in ("food + service", "price")))
    [prompt] = VerdictPrompts(job).build(job.recipe.judges[0], rows, 1, {})
    told = prompt.messages[-1]["content"]
    assert told.count("Class: ") == 4 and "food + service" not in told.split("Text 1:")[0]
    assert prompt.schema["properties"]["verdicts"]["items"]["properties"]["labels"]["items"]["enum"] == sorted(LABELS)
    votes = {("second", "r0"): ["food + service"], ("second", "r1"): ["food + price"]}
    kept, rejects = judge_rows(rows, job.recipe, {"second": ["r0", "r1"]}, votes, ())
    assert kept["label"].to_list() == ["food + service"] and rejects["detail"].to_list() == ["second: food + price"]


def test_rows_have_a_list_of_labels_and_a_set_that_is_not_planned_is_surplus():
    job = make_job(**PLAIN)
    other = "service + price + room"
    assert other not in job.recipe.targets
    kept = make_candidates(job, {"text": "a b", "label": "food + service"}, {"text": "c d", "label": other})
    balanced = balance.fn(job, kept)
    rows = pl.concat([balanced.train, balanced.validation])
    assert dict(rows.schema) == rows_schema(job.recipe) and rows["labels"].to_list() == [["food", "service"]]
    assert balanced.rejects["reason"].to_list() == ["surplus"]


def test_the_stages_make_exactly_what_was_asked_for(tmp_path):
    job = make_real_job(tmp_path, **SEVERAL, judges=[{**JUDGE, "on_disagreement": "keep", "calibrate": 0}])
    stages.generate(job.workspace, "pets")
    stages.curate(job.workspace, "pets")
    rows = pl.concat([read_table(job.table("train")), read_table(job.table("validation"))])
    counts = dict(rows["labels"].explode().value_counts().iter_rows())
    assert counts == {"food": 10, "service": 8, "price": 6, "room": 6}
    assert dict(rows["labels"].list.len().value_counts().iter_rows()) == {1: 12, 2: 6, 3: 2}
    both = pl.col("labels").list.contains("food") & pl.col("labels").list.contains("service")
    assert rows.filter(both).height == 4 == PER_ROW["co_occurrence"]["food + service"] * job.recipe.rows
    gates = make_set_gates(check_labels.fn(job), job.recipe)
    assert [(gate.passed, gate.figure) for gate in gates] == [(True, 0.0), (True, 0.0)]
    assert gates[0].message.startswith("Each label is there exactly as often as planned")


@pytest.mark.full
def test_a_whole_dataset_is_checked_measured_and_described(tmp_path):
    held_out = [{**one, "text": f"{one['text']} Truly."} for one in SEEDS]
    changes = {**SEVERAL, "rows": 60, "gates": {"class_floor": 15}}
    del changes["seeds"], changes["held_out"]
    job = make_real_job(tmp_path, seeds=SEEDS, held_out=held_out, **changes)
    stages.generate(job.workspace, "pets")
    stages.curate(job.workspace, "pets")
    stages.validate(job.workspace, "pets", Console(), record=True)
    stages.measure(job.workspace, "pets")
    gates = {gate.name: gate for gate in read_result(GateResults, job.folder / "gates.json").gates}
    assert gates["rows of each label"].passed and gates["labels together"].passed
    assert gates["class floor"].message.endswith("the gate 'rows of each label' holds class_floor")
    assert gates["labels as read"].passed is None and "several labels" in gates["labels as read"].message
    metrics = json.loads((job.folder / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["usefulness"] is None and metrics["difficulty"] is None
    assert metrics["multi_label"]["test_rows"] == 3 and 0 <= metrics["multi_label"]["synthetic"]["micro_f1"] <= 1
    assert [one["kept"] for one in metrics["label_sets"]["labels"]] == [30, 18, 18, 24]  # in the order of the file
    report = (job.folder / "report.html").read_text(encoding="utf-8")
    assert "12 of 12" in report and "binary relevance" in report and "Hamming" in report
    card = (job.folder / "README.md").read_text(encoding="utf-8")
    assert "| food | 50.0% | 30 | 30 |" in card and 'sequence: "string"' in card
