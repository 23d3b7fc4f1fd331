"""Prompts: what a slot says is a function of recipe, seeds and slot; templates stay in their sandbox."""

import json
from collections import Counter

import pytest

from pedigree.errors import RecipeError
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.prompts import to_frame
from pedigree.generation.slots import Slot
from pedigree.generation.strategies import build_context
from pedigree.generation.templates import Template
from pedigree.job import Job
from tests.support.workspaces import make_job

SEEDS = [{"text": f"{label} number {n} did a thing", "label": label} for label in ("cat", "dog") for n in range(6)]
ATTRIBUTES = {"tone": ["calm", "angry", "sad"], "place": {"cat": ["roof", "sofa"], "dog": ["park", "yard"]}}
FEW = {"strategy": "few-shot", "shots": 3, "model": "offline/template", "rows_per_call": 4}
ATTR = {"strategy": "attributes", "attributes": ATTRIBUTES, "model": "offline/template", "rows_per_call": 4}
ZERO = {"strategy": "zero-shot", "model": "offline/template", "rows_per_call": 4, "turns": 2}


@pytest.fixture
def job(tmp_path):
    return make_job(tmp_path, seeds=SEEDS, generators=[FEW, ATTR, ZERO])


def say(job, generator, label="cat", index=0):
    return PromptBuilder(job).build(Slot(job.recipe.generators[generator], label, index), 1, {})


@pytest.mark.parametrize("generator", [0, 1])
def test_a_slot_says_the_same_every_time_and_another_slot_something_else(job, generator):
    first = say(job, generator)
    assert say(job, generator).completion_id == first.completion_id
    assert say(job, generator, index=1).id != first.id
    assert say(job, generator, "dog").id != first.id


def test_shots_are_different_seed_rows_of_the_label_and_named_by_id(job):
    prompt = say(job, 0)
    shown = {example.id: example for example in job.seeds}
    assert len(set(prompt.context.seed_row_ids)) == 3
    for seed_id in prompt.context.seed_row_ids:
        assert shown[seed_id].label == "cat"
        assert json.dumps(shown[seed_id].fields) in prompt.messages[-1]["content"]


def test_attributes_cover_every_value_evenly_and_may_differ_by_label(job):
    rows = [
        row
        for index in range(9)
        for row in build_context(job, Slot(job.recipe.generators[1], "dog", index)).variables["row_attributes"]
    ]
    assert Counter(row["tone"] for row in rows) == {"calm": 12, "angry": 12, "sad": 12}
    assert Counter(row["place"] for row in rows) == {"park": 18, "yard": 18}
    assert len({(row["tone"], row["place"]) for row in rows}) == 6


def test_equal_messages_get_numbered_samples(job):
    builder, generator = PromptBuilder(job), job.recipe.generators[2]
    prompts = [builder.build(Slot(generator, "cat", index), 1, {}) for index in range(3)]
    assert len({prompt.id for prompt in prompts}) == 1
    assert [prompt.sample for prompt in prompts] == [0, 1, 2]
    assert len({prompt.completion_id for prompt in prompts}) == 3


def test_a_later_turn_holds_the_answer_before_and_names_it_as_parent(job):
    first = say(job, 2)
    second = first.continue_with("ANSWER")
    assert [message["role"] for message in second.messages] == ["system", "user", "assistant", "user"]
    assert second.messages[2]["content"] == "ANSWER" and second.parents == (first.completion_id,)
    assert second.turn == 1 and second.completion_id != first.completion_id


def test_the_id_depends_on_model_messages_parameters_schema_and_sample_only(job, tmp_path):
    base = say(job, 2).completion_id
    same = make_job(
        tmp_path / "b",
        generators=[{**ZERO, "timeout": 5, "structured": "text", "concurrency": 99, "api_base": "http://x"}],
    )
    other = make_job(tmp_path / "c", generators=[{**ZERO, "model": "openai/gpt-4o-mini"}])
    assert say(same, 0).completion_id == base
    assert say(other, 0).completion_id != base
    builder = PromptBuilder(job)
    assert builder.build(Slot(job.recipe.generators[2], "cat", 0), 1, {"temperature": 1}).completion_id != base


def test_the_table_of_prompts_says_what_was_said(job):
    prompt = say(job, 0)
    row = to_frame([prompt]).row(0, named=True)
    assert json.loads(row["messages"]) == prompt.messages
    assert json.loads(row["variables"])["label"] == "cat"
    assert row["template"] == "prompts/few-shot.j2" and row["seed_row_ids"] == list(prompt.context.seed_row_ids)


def test_too_few_seeds_for_the_shots_are_named(tmp_path):
    job = make_job(tmp_path, seeds=SEEDS[:8], generators=[FEW])
    with pytest.raises(RecipeError, match=r"shows 3 seed rows a prompt; .* has 2 of label 'dog'"):
        say(job, 0, "dog")


def test_a_template_that_does_not_tell_labels_apart_is_refused(tmp_path):
    job = make_job(tmp_path, generators=[{**ZERO, "turns": 1, "template": "prompts/mine.j2"}])
    (job.workspace.root / "prompts/mine.j2").write_text("{% block user %}write rows{% endblock %}")
    builder, generator = PromptBuilder(job), job.recipe.generators[0]
    builder.build(Slot(generator, "cat", 0), 1, {})
    with pytest.raises(RecipeError, match="says the same for the labels 'cat' and 'dog'"):
        builder.build(Slot(generator, "dog", 0), 1, {})


@pytest.mark.parametrize(
    "template, says",
    [
        (None, "no such template: prompts/mine.j2"),
        ("{% block user %}{{ lable }}{% endblock %}", "mine.j2, line 1: 'lable' is undefined"),
        ("\n{% block user %}{% if %}{% endblock %}", "mine.j2, line 2: "),
        ("{% block other %}x{% endblock %}", "no block 'user'"),
        ("{% block user %}{{ task.__class__.__mro__ }}{% endblock %}", "not allowed in a template"),
        ("{% block user %}{{ ''.join.__self__.__class__ }}{% endblock %}", "not allowed in a template"),
        ("{% block user %}{% include '../recipes/pets.yaml' %}{% endblock %}", "no such template"),
        ("{% block user %}{{ 'x' * 2000000 }}{% endblock %}", "2,000,000 characters"),
        ("{% block user %}{{ 1 / 0 }}{% endblock %}", "ZeroDivisionError"),
        ("{% block user %}{% for i in range(10**9) %}x{% endfor %}{% endblock %}", "OverflowError"),
    ],
)
def test_a_template_that_is_wrong_or_leaves_the_sandbox_is_an_error_with_its_place(tmp_path, template, says):
    job = make_job(tmp_path, generators=[{**ZERO, "turns": 1, "template": "prompts/mine.j2"}])
    if template is not None:
        (job.workspace.root / "prompts/mine.j2").write_text(template)
    with pytest.raises(RecipeError) as raised:
        say(job, 0)
    assert says in str(raised.value)


def test_the_sha256_of_a_template_covers_what_it_extends(job):
    before = Template(job.workspace, "prompts/few-shot.j2")
    assert list(before.files) == ["prompts/_chat.j2", "prompts/few-shot.j2"]
    with (job.workspace.root / "prompts/_chat.j2").open("a") as file:
        file.write("{# a word #}")
    after = Template(job.workspace, "prompts/few-shot.j2")
    assert after.sha256 != before.sha256
    assert Template(job.workspace, "prompts/replay.j2").files.keys() == {"prompts/replay.j2"}


def test_a_withdrawn_seed_row_changes_only_the_prompts_that_showed_it(job):
    slots = [Slot(job.recipe.generators[0], "cat", index) for index in range(40)]
    before = [build_context(job, slot).seed_row_ids for slot in slots]
    gone = before[0][0]
    rest = Job(job.workspace, job.recipe, [seed for seed in job.seeds if seed.id != gone])
    after = [build_context(rest, slot).seed_row_ids for slot in slots]
    assert [gone in shown for shown in before] == [shown != again for shown, again in zip(before, after, strict=True)]
    assert 0 < sum(gone in shown for shown in before) < 40
