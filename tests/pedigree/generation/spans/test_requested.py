"""What prompts say of slots: values are drawn evenly, a plan never changes, and other prompts stay as they were."""

from collections import Counter

import pytest

from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.slots import Slot
from pedigree.generation.spans.requested import describe_slots
from pedigree.models.offline.model import answer
from tests.support.marked_texts import LABELS, MARKED, SLOTS
from tests.support.workspaces import make_job

OFFLINE = {"model": "offline/template", "rows_per_call": 4}
SEEDS = [{"text": f"[Rome](from_city) to [Kyiv](to_city), number {number}", "label": "cat"} for number in range(4)]
SEEDS += [{"text": f"is it late, number {number}", "label": "dog"} for number in range(4)]


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """A job with slots, and with seeds that carry marks."""
    generators = [{**OFFLINE, "strategy": "zero-shot"}, {**OFFLINE, "strategy": "few-shot", "shots": 2}]
    return make_job(tmp_path_factory.mktemp("slots") / "w", seeds=SEEDS, generators=generators, **MARKED)


def test_values_are_drawn_evenly_and_two_slots_of_a_row_differ(job):
    slots = [Slot(job.recipe.generators[0], "cat", index) for index in range(30)]
    rows = [row for slot in slots for row in describe_slots(job, slot)["slot_values"]]
    assert Counter(row["from_city"] for row in rows) == dict.fromkeys(SLOTS["from_city"]["values"], 40)
    assert all(row["from_city"] != row["to_city"] for row in rows)
    assert all(15 <= count <= 50 for count in Counter(row["to_city"] for row in rows).values())
    assert describe_slots(job, slots[7]) == describe_slots(job, slots[7])


def test_a_value_that_a_row_may_lack_is_asked_of_every_second_row(tmp_path):
    labels = {**LABELS, "cat": {**LABELS["cat"], "slots": ["from_city", "to_city?", "day"]}}
    job = make_job(tmp_path / "w", **{**MARKED, "labels": labels})
    slots = [Slot(job.recipe.generators[0], "cat", index) for index in range(8)]
    rows = [row for slot in slots for row in describe_slots(job, slot)["slot_values"]]
    assert sum("to_city" in row for row in rows) == 16 and all("day" not in row for row in rows)


def test_the_prompt_names_slots_and_values_and_shots_have_marks(job):
    builder = PromptBuilder(job)
    said = builder.build(Slot(job.recipe.generators[1], "cat", 0), 1, {}).messages[-1]["content"]
    assert "Slot day: the day of the flight (a row may lack it)\n" in said and "\nValues 4: {" in said
    assert "[Rome](from_city) to [Kyiv](to_city), number" in said
    other = builder.build(Slot(job.recipe.generators[1], "dog", 0), 1, {})
    assert "slot" not in other.messages[-1]["content"].casefold() and "prompts/_spans.j2" not in other.template.files


def test_the_offline_model_writes_the_values_with_marks(job):
    prompt = PromptBuilder(job).build(Slot(job.recipe.generators[0], "cat", 0), 1, {})
    said = answer(prompt.messages, {}, 0).text
    for row in prompt.context.variables["slot_values"]:
        assert f"[{row['from_city']}](from_city)" in said and f"[{row['to_city']}](to_city)" in said
