"""A judge's answer is read strictly: whatever is not exactly what was asked for is no verdict."""

import json
import random

import pytest

from pedigree.curation.verdicts import read_verdicts

LABELS = ("cat", "dog", "a bird")
GOOD = '{"verdicts": [{"row": 1, "label": "cat"}, {"row": 2, "label": "dog"}]}'


def read(text, finish="stop", rows=2, key="label", options=LABELS):
    return read_verdicts(text, finish, [options] * rows, key)


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"```\n{GOOD}\n```",
        f"<think>perhaps dog for the first?</think>\n{GOOD}",
        '[{"row": 1, "label": "cat"}, {"row": 2, "label": "dog"}]',
        '{"verdicts": [{"row": 2, "label": "Dog "}, {"row": 1, "label": "CAT"}]}',
        '{"Verdicts": [{"Row": 1, "Label": "cat"}, {"row": 2, "label": "dog"}]}',
    ],
)
def test_an_answer_of_the_form_that_was_asked_for_is_read(text):
    assert read(text) == ["cat", "dog"]


@pytest.mark.parametrize(
    ("text", "finish"),
    [
        (GOOD, "length"),
        (GOOD, "content_filter"),
        (GOOD, "refusal"),
        (GOOD, None),
        (GOOD, "unknown"),
        (None, "stop"),
        ("", "stop"),
        ("cat, dog", "stop"),
        ("I'm sorry, but I can't judge this text.", "stop"),
        (GOOD[:-3], "stop"),
        (f"Here you are: {GOOD}", "stop"),
        (f"{GOOD}\nOn second thought, the first is a dog.", "stop"),
        (f"{GOOD}\n{GOOD}", "stop"),
        (f"<think>{GOOD}", "stop"),
        ('{"verdicts": [{"row": 1, "label": "cat"}]}', "stop"),
        ('{"verdicts": [{"row": 1, "label": "cat"}, {"row": 1, "label": "dog"}]}', "stop"),
        ('{"verdicts": [{"row": 0, "label": "cat"}, {"row": 1, "label": "dog"}]}', "stop"),
        ('{"verdicts": [{"row": "1", "label": "cat"}, {"row": 2, "label": "dog"}]}', "stop"),
        ('{"verdicts": [{"row": true, "label": "cat"}, {"row": 2, "label": "dog"}]}', "stop"),
        ('{"verdicts": [{"row": 1, "label": "cat", "label": "dog"}, {"row": 2, "label": "dog"}]}', "stop"),
        ('{"verdicts": [{"row": 1, "label": "cat", "or": "dog"}, {"row": 2, "label": "dog"}]}', "stop"),
        ('{"verdicts": [{"row": 1, "label": ["cat"]}, {"row": 2, "label": "dog"}]}', "stop"),
        ('{"verdicts": [], "note": "none"}', "stop"),
        ("[" * 100_000, "stop"),
    ],
)
def test_any_other_answer_is_no_verdict_on_any_row(text, finish):
    assert read(text, finish) == [None, None]


@pytest.mark.parametrize("said", ["cat or dog", "cat, dog", "fish", "", "cats", "none", "1", "not cat", "a\nbird"])
def test_a_verdict_that_names_no_label_is_none_for_its_row_alone(said):
    answer = json.dumps({"verdicts": [{"row": 1, "label": said}, {"row": 2, "label": "a bird"}]})
    assert read(answer) == [None, "a bird"]


def test_the_options_of_a_row_are_its_own():
    answer = '{"verdicts": [{"row": 1, "label": "dog"}, {"row": 2, "label": "dog"}]}'
    assert read_verdicts(answer, "stop", [("cat", "dog"), ("cat", "a bird")], "label") == ["dog", None]


def damage(text: str, chance: random.Random) -> tuple[str, str]:
    """Return an answer with a fault of a kind drawn by chance, and why it ended."""
    cut, kind = chance.randrange(len(text) - 1), chance.randrange(9)
    said = json.loads(text)["verdicts"]
    if kind == 0:
        return text[:cut], chance.choice(["stop", "length"])
    if kind == 1:
        return text, chance.choice(["length", "content_filter", "refusal", "tool_calls", ""])
    if kind == 2:
        return chance.choice(["Sorry, ", "No: ", "I think that\n", "{}", "```"]) + text, "stop"
    if kind == 3:
        return text + chance.choice([text, "}", " is wrong", "\nActually no."]), "stop"
    if kind == 4:
        return json.dumps({"verdicts": chance.sample(said, len(said) - 1)}), "stop"
    if kind == 5:
        return json.dumps({"verdicts": [*said, chance.choice(said)]}), "stop"
    if kind == 6:
        return text.replace(
            "cat", chance.choice(["", "cat or dog", "not cat", "cat.", "kat", "\u200bcat", "null"])
        ), "stop"
    if kind == 7:
        return text.replace('"cat"', chance.choice(["null", "1", "true", "[]", '{"label": "cat"}', "cat"])), "stop"
    signs = [chr(chance.choice([chance.randrange(32, 127), chance.randrange(160, 0xD000)])) for _ in range(cut)]
    return "".join(signs), "stop"


def test_no_row_passes_by_a_thousand_damaged_answers():
    text = json.dumps({"verdicts": [{"row": row, "label": "cat"} for row in (1, 2, 3)]})
    assert read(text, rows=3) == ["cat"] * 3
    for number in range(1_000):
        damaged, finish = damage(text, random.Random(number))
        assert read(damaged, finish, rows=3) == [None] * 3, damaged
