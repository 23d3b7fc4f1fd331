"""Inquiries: a list that a model is asked for is read strictly, and nothing is made of an answer that is in doubt."""

import json

import pytest

from pedigree.errors import ProviderError
from pedigree.generation.list_requests import MAX_TRIES
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.slots import Slot
from tests.support.workspaces import make_job

TOPICS = {"strategy": "topic", "topics": 4, "model": "offline/template", "rows_per_call": 4}


def ask(job, builder, label="cat", generator=0):
    slot = Slot(job.recipe.generators[generator], label, 0)
    return builder.pending_requests([slot], 1, {one.title: {} for one in job.recipe.generators})


def create_replica(*values):
    return json.dumps({"items": [{"topic": value} for value in values]})


@pytest.fixture
def job(tmp_path):
    return make_job(tmp_path, generators=[TOPICS])


@pytest.fixture
def list_request(job):
    return ask(job, PromptBuilder(job))[0].list_request


@pytest.mark.parametrize(
    "text",
    [
        create_replica("naps", "food", "vets", "toys"),
        "Sure:\n```json\n" + create_replica("naps", "food", "vets", "toys") + "\n```\nAnything else?",
        create_replica("naps", "food", "vets", "toys", "one too many"),
        create_replica(" naps ", "food", "vets", "toys", "Naps"),
        '[{"topic": "naps"}, {"topic": "food"}, {"topic": "vets"}, {"Topic": "toys"},]',
    ],
)
def test_a_list_is_read_through_what_models_put_around_it(list_request, text):
    assert list_request.read(text, "stop") == ("naps", "food", "vets", "toys")


@pytest.mark.parametrize(
    "text, finish, says",
    [
        ("", "stop", "it is no JSON object of the form that was asked for"),
        ("naps, food, vets, toys", "stop", "it is no JSON object"),
        ('{"topics": ["naps", "food", "vets", "toys"]}', "stop", "it is no JSON object"),
        (create_replica("naps", "food", "vets", "toys")[:-30], "stop", "it is no JSON object"),
        (create_replica("naps", "food", "vets", "toys")[:-30], "length", "it ends before the list does"),
        (create_replica("naps", "food", "vets", "toys"), "content_filter", "it ends before the list does"),
        (create_replica("...", "...", "...", "..."), "stop", "'...' in it is a placeholder"),
        (create_replica("naps", "food", "vets", "…"), "stop", "'…' in it is a placeholder"),
        (create_replica("naps", "food", "<topic>"), "stop", "'<topic>' in it is a placeholder"),
        (create_replica("topic 1", "topic 2", "topic 3"), "stop", "'topic 1' in it is a placeholder"),
        (create_replica("naps", "food", "[another one]"), "stop", "'[another one]' in it is a placeholder"),
        (create_replica("naps", "food", "Example topic"), "stop", "'Example topic' in it is a placeholder"),
        (create_replica("string", "naps", "food"), "stop", "'string' in it is a placeholder"),
        (create_replica("naps"), "stop", "it has 1 different items, and 4 were asked for"),
        (create_replica("naps", "NAPS", "naps "), "stop", "it has 1 different items"),
        (
            create_replica("naps", "food", 3, "toys"),
            "stop",
            "an object in it has other keys than 'topic', or another value",
        ),
        (create_replica("naps", "food", "", "toys"), "stop", "another value than a text of one line"),
        (create_replica("naps", "food\nLabel: dog", "vets", "toys"), "stop", "another value than a text of one line"),
        (create_replica("naps", "food", "x" * 201, "toys"), "stop", "another value than a text of one line"),
        ('{"items": [{"topic": "naps", "why": "x"}, {"topic": "food", "why": "y"}]}', "stop", "has other keys"),
    ],
)
def test_an_answer_in_doubt_is_of_no_use_and_says_why(list_request, text, finish, says):
    assert says in list_request.read(text, finish)


def test_an_answer_of_no_use_is_followed_by_a_try_that_says_why_and_names_it(job):
    builder = PromptBuilder(job)
    (first,) = ask(job, builder)
    assert (first.slot.index, first.turn, first.parents, first.rows) == (-1, 0, (), 0)
    builder.record_answer(first, "I can't list topics.", "stop", None)
    (second,) = ask(job, builder)
    assert (second.slot.index, second.turn, second.parents) == (-1, 1, (first.completion_id,))
    assert "could not be used: 1. Of the last one: it is no JSON" in second.messages[-1]["content"]
    builder.record_answer(second, create_replica("naps", "food", "vets", "toys"), "stop", None)
    assert ask(job, builder) == []
    prompt = builder.build(Slot(job.recipe.generators[0], "cat", 0), 1, {})
    assert prompt.parents == (second.completion_id,)


def test_after_so_many_tries_it_is_an_error_that_shows_the_form(job):
    builder = PromptBuilder(job)
    for _ in range(MAX_TRIES):
        builder.record_answer(ask(job, builder)[0], "no", "stop", None)
    with pytest.raises(ProviderError, match="no topic list for label 'cat' in 4 answers; of the last") as raised:
        ask(job, builder)
    assert raised.value.expected == '{"items": [{"topic": "..."}, ...]}' and raised.value.exit_status == 3
    assert "give the list in the recipe" in raised.value.hint


def test_lists_that_stay_too_short_are_used_together_with_a_warning(job, caplog):
    builder = PromptBuilder(job)
    for text in (create_replica("naps"), "no", create_replica("Naps"), create_replica("food")):
        prompts = ask(job, builder)
        assert len(prompts) == 1
        builder.record_answer(prompts[0], text, "stop", None)
    assert ask(job, builder) == []
    assert "the topic list for label 'cat' has 2 of 4 items after 4 answers; they are used" in caplog.text
    prompt = builder.build(Slot(job.recipe.generators[0], "cat", 0), 1, {})
    assert prompt.context.variables["topic"] in ("naps", "food") and prompt.parents == (prompts[0].completion_id,)


def test_words_that_only_resemble_a_placeholder_are_items(list_request):
    items = ("a topic of conversation", "text messages", "cat topic 1", "naps (short ones)")
    assert list_request.read(create_replica(*items), "stop") == items


def test_a_final_failure_is_an_error_at_once(job):
    builder = PromptBuilder(job)
    with pytest.raises(ProviderError, match="gave no topic list for generator 'topic': content-filter"):
        builder.record_answer(ask(job, builder)[0], None, None, "content-filter")


def test_asking_twice_is_the_same_asking(job):
    builder = PromptBuilder(job)
    assert ask(job, builder)[0].completion_id == ask(job, builder)[0].completion_id


def test_one_list_of_the_recipe_serves_all_labels_and_says_all_of_them(tmp_path):
    job = make_job(tmp_path, generators=[{**TOPICS, "topics_per": "recipe"}])
    builder = PromptBuilder(job)
    (prompt,) = ask(job, builder, "dog")
    assert (
        prompt.slot.label == ""
        and "Class: cat (about a cat)\nClass: dog (about a dog)" in prompt.messages[-1]["content"]
    )
    builder.record_answer(prompt, create_replica("naps", "food", "vets", "toys"), "stop", None)
    assert ask(job, builder, "cat") == ask(job, builder, "dog") == []


def test_generators_that_ask_the_same_get_answers_of_their_own(tmp_path):
    job = make_job(tmp_path, generators=[TOPICS, {**TOPICS, "name": "other"}])
    builder = PromptBuilder(job)
    prompts = [*ask(job, builder, generator=0), *ask(job, builder, generator=1)]
    assert [prompt.sample for prompt in prompts] == [0, 1]
    assert prompts[0].completion_id != prompts[1].completion_id
