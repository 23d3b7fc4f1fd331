"""Of several blocks in an answer those count that it means; where it does not say which, none does."""

import json

import pytest

from pedigree.curation.answer_parser import find_spans, read_answer

FIELDS = frozenset({"text"})


def rows(*texts):
    return json.dumps({"rows": [{"text": text} for text in texts]})


def read(text, requested=2, cut=False):
    answer = read_answer(text, FIELDS, cut, requested=requested)
    return "ambiguous" if answer.ambiguous else [found.value["text"] for found in answer.found if not found.broken]


OLD, NEW = rows("x", "y"), rows("a", "b")


@pytest.mark.parametrize(
    "between",
    [
        "Here is the corrected version:",
        "Final answer:",
        "**Final answer**",
        "### Final",
        "Wait, the second one is too short.",
        "Let me fix the second row.",
        "Hmm, these are too similar. Let me rewrite them:",
        "Actually, both name the label.",
        "Here is a revised and more varied set:",
        "Here are the improved rows:",
        "Corrected JSON:",
        "Updated:",
        "Better:",
        "Those are not good enough. My final output is:",
        "On second thought, more detail would help:",
        "I'll rewrite it.",
        "Ignore the above, and use this instead:",
        "Sorry, I repeated myself. The correct output:",
        "<final_answer>",
        "Endgültige Fassung:",
        "修正版:",
    ],
)
@pytest.mark.parametrize("form", ["{}\n\n{}\n\n{}", "```json\n{}\n```\n{}\n```json\n{}\n```\nDone."])
def test_a_text_that_replaces_what_stands_before_leaves_the_last_block(between, form):
    parts = form.split("{}")
    for old in (OLD, '[{"text": "x"}, {"text": "y"}]', rows("x"), rows("a", "y")):
        text = parts[0] + old + parts[1] + between + parts[2] + NEW + parts[3]
        assert read(text, requested=4) == ["a", "b"], text
        first = find_spans(text, read_answer(text, FIELDS, False, requested=4))[0]
        assert first[0] > text.index(between)


def test_of_three_versions_the_last_counts():
    assert read(f"{OLD}\nRevised version:\n{rows('m', 'n')}\nFinal version:\n{NEW}") == ["a", "b"]
    assert read(f"{OLD}\nRevised version:\n{rows('m')}\nand\n{rows('n')}") == ["m", "n"]


def test_a_draft_is_no_row_where_its_replacement_is_cut():
    assert read(f'{OLD}\nHere is the corrected version:\n{{"rows": [{{"text": "a"}}, {{"text": "b', cut=True) == ["a"]
    assert read(f'{OLD}\nHere is the corrected version:\n{{"rows": [{{"text": "a', cut=True) == []
    assert read(f"{OLD}\nHere is the corrected version:\n", cut=True) == []


@pytest.mark.parametrize(
    "text",
    [
        f"{OLD}\n{NEW}",
        f"{OLD}\n\nAnd more of them:\n{NEW}",
        f"```json\n{OLD}\n```\n```json\n{NEW}\n```",
        f"Draft 1: {rows('x')}\nDraft 2: {rows('a')}",
        f"Version A: {rows('x')}\nVersion B: {rows('a')}",
        f"{rows('x')}\n\nA shorter alternative:\n{rows('a')}",
        f"```json\n{rows('x', 'a')}\n```\nThen\n```json\n{rows('a')}\n```",
        f"First: {rows('x')}\nSecond: {rows('y')}\nThird: {rows('z')}",
    ],
)
def test_versions_of_which_none_is_named_are_ambiguous(text):
    assert read(text) == "ambiguous"
    assert read_answer(text, FIELDS, False, requested=2).found == ()


@pytest.mark.parametrize(
    "text",
    [
        '{"text": "a"}\n{"text": "b"}',
        '{"text": "a"}\n\n{"text": "b"}\n',
        '1. {"text": "a"}\n2. {"text": "b"}',
        '- {"text": "a"}\n- {"text": "b"}',
        '{"text": "a"},\n{"text": "b"}',
        '[{"text": "a"}]\n[{"text": "b"}]',
        '```json\n{"text": "a"}\n```\n```json\n{"text": "b"}\n```',
        '```json\n{"text": "a"}\n```\nand\n```json\n{"text": "b"}\n```',
        'Row 1:\n{"text": "a"}\n\nRow 2 (the final row):\n{"text": "b"}',
        'A customer who wants an updated invoice:\n{"text": "a"}\nOne whose order is not right:\n{"text": "b"}',
        f"First:\n{rows('a')}\nFinally:\n{rows('b')}",
        f"{rows('a')}\n{rows('b')}",
        f"{NEW}\nSo the answer is\n{NEW}",
        f"Draft:\n{NEW}\nThe same without changes:\n{NEW}",
        f'The form is {{"rows": [{{"text": "..."}}]}}.\n{NEW}',
        f'I was given {{"task": "cats"}}.\n{NEW}\nIt follows {{"minItems": 2}}.',
        f'None yet: {{"rows": []}}\n{NEW}',
    ],
)
def test_blocks_that_are_the_requested_rows_together_are_read(text):
    assert read(text) == ["a", "b"]


def test_json_lines_may_be_more_than_were_requested_as_an_array_may():
    lines = "\n".join(json.dumps({"text": text}) for text in "abc")
    assert read(lines) == read(rows(*"abc")) == ["a", "b", "c"]


def test_a_draft_under_a_key_of_its_own_is_no_row():
    drafted = '{"draft": {"rows": [{"text": "x"}]}, "final": {"rows": [{"text": "a"}]}}'
    assert read(drafted) == read(f"Here: {drafted}") == ["a"]
    assert read('{"draft": [{"text": "a"}]}') == ["a"]


@pytest.mark.parametrize(
    "rest",
    [
        "Scrap that, I cannot do it.",
        "\n\nWait, actually I can't write this.",
        "No, forget the above.",
        "Please disregard my answer.",
        "I take that back.",
        "Don't use these: they are too similar.",
        "Hmm. On second thought, I won't provide this.",
    ],
)
@pytest.mark.parametrize("fence", ["", "\n```\n"])
def test_a_block_that_is_taken_back_without_another_is_ambiguous(rest, fence):
    rows = json.dumps({"rows": [{"text": "a"}]})
    opening = "```json\n" if fence else ""
    assert read(f"{opening}{rows}{fence} {rest}") == "ambiguous"
    again = json.dumps({"rows": [{"text": "b"}]})
    assert read(f"{opening}{rows}{fence} {rest} Here is the final version: {again}") == ["b"]


@pytest.mark.parametrize(
    "rest",
    [
        "Sorry, I can't provide more than one.",
        "Ignore this if you have enough rows.",
        "I hope that this helps! Forget not to check them.",
        "These texts are made up; do not use them if real ones exist.",
        "Actually, I can't write any more of them.",
        "Let me know if I should discard some of them.",
    ],
)
def test_a_remark_after_a_block_is_no_withdrawal(rest):
    assert read(json.dumps({"rows": [{"text": "Scrap that, I cannot do it."}]}) + "\n" + rest) == [
        "Scrap that, I cannot do it."
    ]
