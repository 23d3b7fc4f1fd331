"""The offline model serves any recipe, and is a pure function of what it is asked."""

import json
import os
import subprocess
import sys

import pytest

from pedigree.errors import RecipeError
from pedigree.models.offline.model import answer
from tests.support.offline_prompts import make_prompt, open_recipe, read_rows, write_prompts
from tests.support.workspaces import REPOSITORY

BILL = make_prompt("billing-dispute", "a charge or invoice that the customer questions")


def test_answers_the_rows_asked_for_with_the_fields_asked_for():
    rows = read_rows(make_prompt("spam", "an advertisement", field="Field text: 20 to 90 characters", rows="12"))
    assert len(rows) == 12
    assert all(list(row) == ["text"] and 20 <= len(row["text"]) <= 90 for row in rows)


def test_same_asking_gives_the_same_answer_and_another_sample_another():
    assert answer(BILL, {}, 3) == answer(BILL, {}, 3)
    assert answer(BILL, {}, 3) != answer(BILL, {}, 4)


def test_answer_does_not_depend_on_the_hash_seed():
    code = (
        "import json, sys; from pedigree.models.offline.model import answer;"
        "print(answer(json.loads(sys.stdin.read()), {'faults': {'pii': 0.5, 'malformed': 1, 'duplicate': 0.3}}, "
        "1).text)"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], input=json.dumps(BILL), env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=REPOSITORY, capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(said) == 1


def test_temperature_zero_gives_every_sample_the_same():
    assert answer(BILL, {"temperature": 0}, 3) == answer(BILL, {"temperature": 0.0}, 4)


def test_tokens_are_a_quarter_of_the_characters_rounded_up():
    said = answer([{"role": "user", "content": "Hello"}], {}, 0)
    assert (said.tokens_in, said.tokens_out) == (2, -(-len(said.text) // 4))
    assert said.finish_reason == "stop"


def test_max_tokens_cuts_the_answer():
    said = answer(BILL, {"max_tokens": 20}, 0)
    assert (len(said.text), said.tokens_out, said.finish_reason) == (80, 20, "length")
    assert answer(BILL, {}, 0).text.startswith(said.text)


@pytest.mark.parametrize("most", [0, -1, True, "100", 1.5])
def test_wrong_max_tokens_is_an_error(most):
    with pytest.raises(RecipeError, match="max_tokens"):
        answer(BILL, {"max_tokens": most}, 0)


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"role": "user", "content": "What is the capital of Peru?"}],
        [{"role": "user", "content": None}],
        [{"role": "user"}],
        [{"role": "user", "content": [{"type": "text", "text": "hello"}, "odd"]}],
    ],
)
def test_any_other_message_gets_a_short_sentence(messages):
    assert 0 < len(answer(messages, {}, 0).text) < 100


@pytest.mark.parametrize(
    ("label", "definition", "lines"),
    [
        ("1", "", {}),
        ("c++ (really?)", "[a|b] {thing} {} { [", {}),
        ("x" * 300, "y " * 300, {}),
        ("a", "the and", {"field": "Field text: 1 to 2 characters"}),
        ("a", "b", {"field": "Field n: a whole number from 1e400 to nonsense", "rows": "99999999999999"}),
        ("a", "b", {"field": "Field text: 900000000 to 5 characters", "rows": "1"}),
        (
            "a",
            "b",
            {"more": 'Shot 1: {"text": \nShot 2: {"text": [1, 2]}\nRow 1: no pairs\nRow 9999: a = {thing}; b = '},
        ),
        ("猫", "猫についての文", {"language": "ja"}),
    ],
)
def test_hostile_prompts_are_answered(label, definition, lines):
    assert answer(make_prompt(label, definition, **lines), {}, 0).text


def test_number_and_category_fields_keep_their_limits():
    field = "\n".join([
        "Field age: in years; a whole number from 18 to 30", "Field score: a number from 0 to 1",
        'Field job: one of ["clerk", "baker", "none"]', "Field free: a number",
    ])  # fmt: skip
    rows = read_rows(make_prompt("yes", "a loan is granted", field=field, rows="60"))
    assert all(18 <= row["age"] <= 30 and isinstance(row["age"], int) for row in rows)
    assert all(0 <= row["score"] <= 1 and isinstance(row["free"], float) for row in rows)
    assert {row["job"] for row in rows} == {"clerk", "baker", "none"}


def test_later_turn_writes_other_rows():
    job = open_recipe("support-tickets")
    turns = [prompt for prompt in write_prompts(job, 200) if prompt.slot.generator.turns > 1][:2]
    first, second = ([row["text"] for row in read_rows(prompt.messages, prompt.sample)] for prompt in turns)
    assert len(second) == 10
    assert not set(first) & set(second)
