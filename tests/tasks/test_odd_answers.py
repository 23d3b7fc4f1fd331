"""What odd models answer goes through asking, parsing and screening to rows, or to rejects with the right reason."""

import json

import pytest

from pedigree.job import open_duplicate_checker
from tasks.parse import parse
from tasks.screen import screen
from tests.support.fake_endpoint import Endpoint, error, said
from tests.support.make_completions import ask, job_for

TEXT = "She slept on the warm windowsill all afternoon and purred."
ROW = json.dumps({"rows": [{"text": TEXT}]})
THOUGHT = 'A cat, then. A draft: {"rows": [{"text": "A draft that is no row."}]}. Better:'
FRENCH = json.dumps({"rows": [{"text": "Le chat a dormi tout l'après-midi sur le rebord de la fenêtre, au soleil."}]})


def see(answer, path, screens=None):
    """Return the texts that pass and the reasons of the others, where the endpoint answers so."""
    with Endpoint(lambda body: answer) as endpoint:
        job = job_for(endpoint, path, screens=screens or {})
        done = ask(job, 1)
    parsed = parse.fn(job, done.prompt_table(), done.completion_table())
    screened = screen.fn(job, parsed.candidates, open_duplicate_checker(job))
    return screened.kept["text"].to_list(), [*parsed.rejects["reason"], *screened.rejects["reason"]]


@pytest.mark.parametrize(
    "answer",
    [
        said(f"<think>{THOUGHT}</think>\n\n{ROW}"),
        said(f"{THOUGHT}</think>\n{ROW}"),
        said(f"[THINK]{THOUGHT}[/THINK]{ROW}"),
        said(f"<|channel|>analysis<|message|>{THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>{ROW}"),
        said(f"{ROW[:-3]}, but that is dull\n```json\n{THOUGHT[-60:]}\n```\nHere is the corrected version:\n{ROW}"),
        said(f"<reasoning>{THOUGHT}</reasoning>\n```json\n{ROW}\n```"),
        {**said(ROW), "body": {"choices": [{"message": {"content": ROW, "reasoning_content": THOUGHT}}]}},
    ],
    ids=["think", "unopened think", "brackets", "channels", "correction", "another tag", "reasoning_content"],
)
def test_thinking_before_the_json_is_no_row(tmp_path, answer):
    assert see(answer, tmp_path) == ([TEXT], [])


@pytest.mark.parametrize(
    ("message", "finish", "reason"),
    [
        ({"content": None, "reasoning_content": THOUGHT}, "length", "empty"),
        ({"content": ""}, "stop", "empty"),
        ({"content": "<think>" + THOUGHT}, "length", "cut"),
        ({"content": None, "refusal": "That is against my rules."}, "stop", "refusal"),
        ({"content": "I'm sorry, but I can't help with that."}, "stop", "refusal"),
        ({"content": None}, "content_filter", "content-filter"),
        ({"content": ROW[:30]}, "content_filter", "content-filter"),
        ({"content": "Cats are lovely animals."}, "stop", "malformed"),
        ({"content": ROW[:30]}, "length", "cut"),
    ],
)
def test_an_answer_without_rows_is_a_reject_that_says_why(tmp_path, message, finish, reason):
    answer = {"status": 200, "body": {"choices": [{"message": message, "finish_reason": finish}]}}
    assert see(answer, tmp_path) == ([], [reason])


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({"raw": b"it works!"}, "unreadable-answer"),
        ({"raw": b'{"choices": [{"mess'}, "unreadable-answer"),
        ({"raw": b'["a", 1]'}, "unreadable-answer"),
        ({"body": {"object": "list", "data": []}}, "unreadable-answer"),
        ({"body": {"id": "x", "object": "chat.completion", "choices": []}}, "empty"),
    ],
    ids=["a text", "half of it", "a list", "a list of models", "no choices"],
)
def test_a_body_that_is_no_answer_of_a_model_is_told_from_a_model_that_wrote_nothing(tmp_path, sent, reason):
    assert see({"status": 200, "body": {}, **sent}, tmp_path) == ([], [reason])


def test_a_prompt_that_a_filter_stopped_is_a_reject(tmp_path):
    assert see(error(400, "filtered by the content management policy"), tmp_path) == ([], ["content-filter"])
    assert see(error(403, "your input was flagged by moderation"), tmp_path / "2") == ([], ["content-filter"])


def test_another_language_is_a_reject_where_the_recipe_asks_for_that_screen(tmp_path):
    assert see(said(FRENCH), tmp_path / "on", {"language": True}) == ([], ["language"])
    assert see(said(FRENCH), tmp_path / "off")[1] == []
