"""How far a run is, in figures and in words; what is not known is never 0, and what is guessed is called so."""

from types import SimpleNamespace

import pytest

from pedigree.generation.budget import Usage
from pedigree.generation.progress import Progress
from pedigree.generation.slots import JudgeSlot


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def prompt(label="cat", turn=0, turns=1):
    generator = SimpleNamespace(title="few-shot", rows_per_call=10, turns=turns)
    return SimpleNamespace(slot=SimpleNamespace(stratum=label, generator=generator), calls=turns - turn, rows=10)


def answer(cost=0.01, tokens=50, failure=None):
    both = None if tokens is None else 2 * tokens
    return SimpleNamespace(completion_id="c", failure=failure, cost_usd=cost, tokens=both)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def headway(clock):
    headway = Progress(SimpleNamespace(stratum_targets={"cat": 20, "dog": 20}), clock)
    headway.begin_round([], [prompt("cat"), prompt("cat"), prompt("dog"), prompt("dog")], lambda generator: 0.9)
    return headway


def test_before_anything_came(headway):
    assert headway.format_calls(3) == "round 1: 0 of 4 calls answered, 3 in flight"
    assert headway.format_rows() == "0 of 40 rows kept"
    assert headway.receipt.format_usage() == "0 calls paid for in this run, 0 tokens, 0.0000 USD"
    assert headway.percent == 0


def test_calls_to_judges_are_called_so(headway):
    judged = SimpleNamespace(slot=JudgeSlot(SimpleNamespace(title="judge"), -1), calls=1, rows=0)
    headway.begin_round([], [judged, judged], lambda generator: 0.9)
    assert headway.format_calls(1) == "round 1: 0 of 2 calls to judges answered, 1 in flight"
    headway.begin_round([], [prompt("cat")], lambda generator: 0.9)
    assert headway.format_calls(1) == "round 1: 0 of 1 calls answered, 1 in flight"


def test_in_the_middle_of_a_round(headway, clock):
    clock.now = 2.0
    headway.note_answer(prompt("cat"), answer(), Usage(1, 100, 0.01))
    assert headway.format_calls(3) == (
        "round 1: 1 of 4 calls answered, 3 in flight, 30.0 calls/min, about 6 s left in this round"
    )
    assert headway.format_rows() == "0 of 40 rows kept, about 9 more expected of the answers received since"
    assert headway.receipt.format_usage() == "1 call paid for in this run, 100 tokens, 0.0100 USD"
    cat, dog = headway.list_labels()
    assert (cat.expected, cat.answered, cat.calls) == (9, 1, 2) and (dog.expected, dog.answered) == (0, 0)
    assert headway.percent == 22.5


def test_a_round_that_was_stopped_has_no_time_left(headway, clock):
    clock.now = 2.0
    headway.note_answer(prompt("cat"), answer(), Usage(1, 100, 0.01))
    assert headway.format_calls(None) == "round 1: 1 of 4 calls answered"


def test_after_two_rounds(headway):
    headway.end_round({"cat": 25, "dog": 9})
    assert headway.format_rows() == "29 of 40 rows kept (round 1: +29)"  # the surplus of a label counts for nothing
    headway.begin_round([prompt("dog")], [], lambda generator: 0.9)
    headway.end_round({"cat": 25, "dog": 20})
    assert headway.format_rows() == "40 of 40 rows kept (round 1: +29, round 2: +11)"
    assert headway.percent == 100


def test_what_is_expected_never_makes_a_dataset_whole(headway):
    for label in ["cat"] * 4 + ["dog"] * 4:
        headway.note_answer(prompt(label), answer(), Usage(1))
    assert headway.percent == 99


def test_an_unknown_cost_and_unknown_tokens_stay_unknown(headway):
    headway.note_answer(prompt(), answer(cost=None, tokens=None), Usage(1))
    headway.note_answer(prompt(), answer(), Usage(1, 100, 0.01))
    assert headway.receipt.format_usage() == "2 calls paid for in this run, tokens unknown, cost unknown"


def test_the_cost_of_a_failure_is_unknown_and_it_brings_no_row(headway):
    assert headway.receipt.format_usage() == "0 calls paid for in this run, 0 tokens, 0.0000 USD"
    headway.note_answer(prompt(), answer(None, None, "timeout"), Usage(1))
    assert headway.receipt.format_usage() == "1 call paid for in this run, tokens unknown, cost unknown"
    assert headway.list_labels()[0].expected == 0


def test_turns_of_a_conversation_are_calls(clock):
    headway = Progress(SimpleNamespace(stratum_targets={"cat": 20}), clock)
    headway.begin_round([prompt(turns=3)], [prompt(turn=1, turns=3)], lambda generator: 0.5)
    assert headway.format_calls(0).startswith("round 1: 0 of 2 calls")
    assert headway.list_labels()[0].expected == 5  # what is held counts as received


@pytest.mark.parametrize(("answers", "says"), [(1, "33 min 0 s left"), (10, "3 min 0 s left"), (100, "about 0 s left")])
def test_time_left_is_said_in_the_units_of_people(clock, answers, says):
    headway = Progress(SimpleNamespace(stratum_targets={"cat": 20}), clock)
    headway.begin_round([], [prompt()] * 100, lambda generator: 1.0)
    clock.now = 20.0
    for _ in range(answers):
        headway.note_answer(prompt(), answer(), Usage(1))
    assert says in headway.format_calls(0)


def test_real_rows_are_there_from_the_start_and_are_no_rounds(clock):
    headway = Progress(SimpleNamespace(stratum_targets={"cat": 20, "dog": 20}), clock, {"cat": 15, "dog": 5})
    assert (headway.kept_rows, headway.percent, headway.format_rows()) == (20, 50.0, "20 of 40 rows kept (real: +20)")
    headway.end_round({"cat": 20, "dog": 12})
    assert headway.format_rows() == "32 of 40 rows kept (real: +20, round 1: +12)"


def test_a_model_that_stops_answering_is_told_with_its_error_and_no_time_left(headway, clock):
    clock.now = 2.0
    headway.note_answer(prompt("cat"), answer(), Usage(1, 100, 0.01))
    headway.note_failure("Cannot connect to host (provider-error)")
    clock.now = 9.9
    assert not headway.is_silent and headway.format_calls(3).endswith("left in this round")
    clock.now = 12.0
    assert headway.is_silent and headway.format_calls(3) == (
        "round 1: 1 of 4 calls answered, 3 in flight, no answer for 10 s; "
        "last error: Cannot connect to host (provider-error)"
    )
    headway.note_answer(prompt("cat"), answer(), Usage(1, 100, 0.01))
    assert not headway.is_silent and "last error" not in headway.format_calls(2)


def test_a_model_whose_answers_take_long_is_not_called_silent(headway, clock):
    clock.now = 20.0
    assert headway.format_calls(3).endswith("3 in flight, no answer for 20 s")
    headway.note_answer(prompt("cat"), answer(), Usage(1, 100, 0.01))
    clock.now = 40.0
    assert not headway.is_silent
    clock.now = 81.0
    assert headway.is_silent


def test_the_time_left_is_unknown_until_there_is_a_rate(clock):
    headway = Progress(SimpleNamespace(stratum_targets={"cat": 2000}), clock)
    headway.begin_round([], [prompt("cat")] * 100, lambda generator: 0.9)
    for second in range(1, 10):
        clock.now = float(second)
        assert headway.format_left(20) == "time left: unknown yet"
        headway.note_answer(prompt("cat"), answer(), Usage(1, 100, 0.01))
    clock.now = 10.0
    headway.note_answer(prompt("cat"), answer(), Usage(1, 100, 0.01))
    assert headway.format_left(20) == "time left: about 1 min 30 s in this round, at 1.0 calls/s, 20 in flight"


def test_few_calls_have_a_time_left_once_all_that_can_be_measured_is(headway, clock):
    clock.now = 1.0
    headway.note_answer(prompt("cat"), answer(), Usage(1, 100, 0.01))
    assert headway.format_left(3) == "time left: unknown yet"
    for _ in range(2):
        headway.note_answer(prompt("cat"), answer(), Usage(1, 100, 0.01))
    assert headway.format_left(1) == "time left: about 0 s in this round, at 3.0 calls/s, 1 in flight"


def test_a_silent_model_has_no_time_left_on_the_terminal(headway, clock):
    headway.note_failure("the model is overloaded (overloaded)")
    clock.now = 12.0
    assert headway.format_left(2) == "no answer for 12 s; last error: the model is overloaded (overloaded)"
