"""Refusals concern the prompt if a call that started later is answered, and the request if no first prompt is."""

from types import SimpleNamespace
from typing import Any

import pytest

from pedigree.errors import ProviderError
from pedigree.models.call_errors import PermanentError
from pedigree.models.refusals import FIRST, IN_A_ROW, Refusals
from pedigree.recipe.generator import Generator

NO = PermanentError("refused-request", "not this, said request 7c1")


def prompt(content: Any, sample: int = 0, generator: Generator | None = None) -> Any:
    """Return what Refusals read of a prompt."""
    slot = SimpleNamespace(generator=generator or Generator(model="openai/fake"))
    return SimpleNamespace(slot=slot, id=f"{content}", completion_id=f"{content}-{sample}")


def refuse(refusals: Refusals, *prompts: Any, failure: PermanentError = NO) -> None:
    """Send prompts one after the other, all refused."""
    for one in prompts:
        refusals.start(one)
        refusals.end(one)
        refusals.refuse(one, failure)


def answer(refusals: Refusals, one: Any) -> list[str]:
    """Send a prompt that is answered; return the contents of those that are refused for themselves."""
    refusals.start(one)
    refusals.end(one)
    return [refusal.prompt.id for refusal in refusals.answer(one)]


def test_an_answer_to_a_later_call_tells_that_the_prompt_is_at_fault():
    refusals = Refusals()
    refuse(refusals, prompt("a"))
    assert answer(refusals, prompt("b")) == ["a"] and refusals.settle() == []


def test_an_answer_to_a_call_in_flight_tells_nothing_of_a_refusal_meanwhile():
    refusals, slow = Refusals(), prompt("slow")
    refusals.start(slow)
    refuse(refusals, prompt("a"))
    refusals.end(slow)
    assert refusals.answer(slow) == []
    assert answer(refusals, prompt("b")) == ["a"]


def test_first_prompts_of_different_content_refused_in_the_same_words_end_the_run():
    refusals = Refusals()
    refuse(refusals, *map(prompt, range(FIRST - 1)))
    with pytest.raises(ProviderError, match="not this") as raised:
        refuse(refusals, prompt("last"), failure=PermanentError("refused-request", "not this, said request 8d2"))
    assert "correct model, parameters or address of generator 'zero-shot'" in raised.value.hint


def test_first_prompts_are_judged_once_the_calls_before_them_have_ended():
    refusals, slow = Refusals(), prompt("slow")
    refusals.start(slow)
    refuse(refusals, *map(prompt, range(FIRST + 1)))  # each might be at fault: the first call may yet be answered
    refusals.end(slow)
    refusals.answer(slow)
    assert len(answer(refusals, prompt("b"))) == FIRST + 1


def test_one_content_is_no_evidence_but_many_refusals_in_a_row_end_the_run():
    refusals = Refusals()
    refuse(refusals, *(prompt("a", sample) for sample in range(IN_A_ROW - 1)))
    with pytest.raises(ProviderError):
        refuse(refusals, prompt("a", IN_A_ROW))


def test_refusals_between_answers_never_end_the_run():
    refusals = Refusals()
    for number in range(3 * IN_A_ROW):
        refuse(refusals, prompt(f"bad {number}"))
        assert answer(refusals, prompt(f"good {number}")) == [f"bad {number}"]


def test_another_generators_answers_tell_nothing():
    refusals, other = Refusals(), Generator(model="openai/fake", name="other")
    refuse(refusals, prompt("a", generator=other))
    assert answer(refusals, prompt("b")) == []
    with pytest.raises(ProviderError, match="not this"):
        refusals.settle()


@pytest.mark.parametrize(
    ("answered", "refused", "at_fault"),
    [
        ([], ["a"], "request"),
        (["b"], ["a"], "prompt"),
        (["a"], ["a"], "request"),  # the same content was answered before
        (["b"], [f"a{number}" for number in range(FIRST)], "request"),
    ],
)
@pytest.mark.parametrize("earlier", [False, True])
def test_at_the_end_of_a_run_what_is_held_back_is_judged_by_the_answers_before(answered, refused, at_fault, earlier):
    refusals = Refusals()
    if earlier:
        refusals.note_held(map(prompt, answered), [SimpleNamespace(failure=None) for _ in answered])
    else:
        for content in answered:
            answer(refusals, prompt(content, sample=1))
    before = refused[: FIRST - 1] if earlier else refused
    if at_fault == "prompt":
        refuse(refusals, *map(prompt, refused))
        assert [refusal.prompt.id for refusal in refusals.settle()] == refused
        return
    with pytest.raises(ProviderError):
        refuse(refusals, *map(prompt, before), *map(prompt, refused[len(before) :]))
        refusals.settle()


def test_a_context_that_is_too_small_is_mended_by_fewer_tokens():
    small = Generator(model="openai/fake", parameters={"max_tokens": 4000})
    refusals = Refusals()
    refuse(refusals, prompt("a", generator=small), failure=PermanentError("too-long", "context is 4096 tokens"))
    with pytest.raises(ProviderError, match="4096") as raised:
        refusals.settle()
    assert "lower 'parameters.max_tokens' (now 4000)" in raised.value.hint
