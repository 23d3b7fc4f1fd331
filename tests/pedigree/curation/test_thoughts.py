"""What a model thinks aloud in its answer is no row, whatever the markup; a mark in a text is a part of the text."""

import json

import pytest

from pedigree.curation.answer_parser import find_spans, read_answer

FIELDS = frozenset({"text"})
ROW = '{"rows": [{"text": "a"}]}'
DRAFT = 'A draft: {"rows": [{"text": "d"}]}. Not {good} enough.'


def read(text, cut=False):
    return [found.value["text"] for found in read_answer(text, FIELDS, cut).found if not found.broken]


@pytest.mark.parametrize(
    "text",
    [
        f"<think>{DRAFT}</think>{ROW}",
        f"<thinking>\n{DRAFT}\n</thinking>\n\n```json\n{ROW}\n```",
        f"<THINK >{DRAFT}</ think> {ROW}",
        f"<scratchpad>{DRAFT}</scratchpad>{ROW}",
        f"<scratch_pad>{DRAFT}</scratch_pad>{ROW}",
        f"<analysis>{DRAFT}</analysis>Here you are: {ROW}",
        f"<reasoning>{DRAFT}</reasoning>{ROW}",
        f'<thinking effort="high">{DRAFT}</thinking>{ROW}',
        f"<seed:think>{DRAFT}</seed:think>{ROW}",
        f"<reflection>{DRAFT}</reflection><draft>{DRAFT}</draft>{ROW}",
        f"[THINK]{DRAFT}[/THINK]{ROW}",
        f"◁think▷{DRAFT}◁/think▷{ROW}",
        f"<|begin_of_thought|>{DRAFT}<|end_of_thought|><|begin_of_solution|>{ROW}<|end_of_solution|>",
        f"<|START_THINKING|>{DRAFT}<|END_THINKING|>{ROW}",
        f"<|channel>thought\n{DRAFT}<channel|>{ROW}",
        f"<|channel|>analysis<|message|>{DRAFT}<|end|><|start|>assistant<|channel|>final<|message|>{ROW}<|return|>",
        f"<|channel|>analysis<|message|>{DRAFT}<|end|><|channel|>final <|constrain|>json<|message|>{ROW}",
        f"<|channel|>commentary<|message|>{DRAFT}<|end|><|channel|>final<|message|>{ROW}<|end|>{DRAFT}",
        f"analysisWe need rows. {DRAFT}assistantfinal{ROW}",
        f"{DRAFT}</think>{ROW}",
        f"{DRAFT}[/THINK]{ROW}",
        f"<think>one <think>{DRAFT}</think> two {DRAFT}</think>{ROW}",
        f"<think>a</think><think>{DRAFT}</think>{ROW}",
        f"{ROW}<think>{DRAFT}</think>",
        f"{ROW}\n<think>Is that enough? {DRAFT}",
    ],
)
def test_a_thought_is_no_row_and_the_answer_is(text):
    assert read(text) == ["a"]
    (span,) = find_spans(text, read_answer(text, FIELDS, False))
    assert text[slice(*span)] == '{"text": "a"}'


@pytest.mark.parametrize(
    "text",
    [
        f"<think>{DRAFT}",
        f"Sure. <thinking>{DRAFT}",
        f"[THINK]{DRAFT}",
        f"<think>{DRAFT}</think>",
        f"<think>{ROW}</think>",
        f"<|channel|>analysis<|message|>{DRAFT}",
        f"<|channel|>analysis<|message|>{ROW}<|end|>",
        f"<|channel|>analysis<|message|>{DRAFT}<|end|><|start|>assistant<|channel|>final<|message|>",
    ],
)
@pytest.mark.parametrize("cut", [True, False])
def test_thoughts_alone_hold_no_row(text, cut):
    assert read(text, cut) == []


@pytest.mark.parametrize(
    "mark", ["<think>", "</think>", "[THINK]", "</analysis>", "<|end|>", "◁/think▷", "<plan> of it"]
)
@pytest.mark.parametrize("form", ["{}", "Here: {}", "```json\n{}\n```\nMore?", "<think>x</think>{}"])
def test_a_mark_in_a_text_stays_there(mark, form):
    text = f"How do I close a {mark} tag?"
    assert read(form.replace("{}", json.dumps({"rows": [{"text": "b"}, {"text": text}]}, ensure_ascii=False))) == [
        "b",
        text,
    ]
