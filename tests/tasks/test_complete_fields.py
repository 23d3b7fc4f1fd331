"""All that a model sends is in the ledger; other fields than the content are read where that is empty."""

import json

import pytest

from pedigree.errors import BudgetError, ProviderError
from pedigree.ledger.ledger import Ledger
from tasks.parse import parse
from tests.support.fake_endpoint import Endpoint, error
from tests.support.make_completions import ask, held, job_for

USAGE = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}
PRICES = {"input": 1000, "output": 10_000}  # 0.60 USD an answer of 100 and 50 tokens
TEXT = "She slept on the warm windowsill all afternoon and purred."
ROW = json.dumps({"rows": [{"text": TEXT}]})
DRAFT = 'A draft: {"rows": [{"text": "A draft that is no row."}]}. Better:'


def call(arguments):
    return {"id": "c1", "type": "function", "function": {"name": "write_rows", "arguments": arguments}}


def answer(message, finish="stop", **body):
    choices = [{"index": 0, "message": message, "finish_reason": finish}]
    return {"status": 200, "body": {"object": "chat.completion", "choices": choices, "usage": USAGE, **body}}


def take(sent, path):
    """Ask once; return what the ledger holds, and the texts that are read in it."""
    with Endpoint(lambda body: sent) as endpoint:
        job = job_for(endpoint, path, prices=PRICES, budget={"usd": 5})
        done = ask(job, 1)
        assert ask(job, 1).paid.calls == 0 and len(endpoint.requests) == 1
    (kept,) = Ledger(job.workspace.ledger)
    texts = parse.fn(job, done.prompt_table(), done.completion_table()).candidates["text"].to_list()
    return kept, texts


@pytest.mark.parametrize(
    ("message", "finish"),
    [
        ({"content": None, "reasoning_content": ROW}, "stop"),
        ({"content": "", "reasoning": f"I write a text about a cat.\n\n{ROW}"}, "stop"),
        ({"content": " ", "tool_calls": [call(ROW)]}, "tool_calls"),
        ({"content": None, "tool_calls": [call(json.loads(ROW))]}, "stop"),
        ({"content": None, "tool_calls": [call(ROW[:-1])]}, "length"),
        ({"content": None, "function_call": {"name": "write_rows", "arguments": ROW}}, "function_call"),
    ],
)
def test_where_the_content_is_empty_rows_of_another_field_are_read(tmp_path, message, finish):
    kept, texts = take(answer(message, finish), tmp_path)
    assert texts == [TEXT] and set(json.loads(kept.other_fields)) >= message.keys() - {"content"}


@pytest.mark.parametrize(
    ("message", "finish", "said"),
    [
        ({"content": ROW, "reasoning_content": DRAFT}, "stop", "A draft that is no row."),
        ({"content": ROW, "tool_calls": [call('{"rows": [{"text": "another"}]}')]}, "stop", "another"),
        ({"content": None, "reasoning_content": DRAFT}, "stop", "A draft that is no row."),
        ({"content": None, "reasoning_content": f"Maybe {ROW}"}, "length", TEXT),
        ({"content": f"<think>{ROW}</think>"}, "stop", TEXT),
        ({"content": None, "tool_calls": [call('{"city": "Rome"}')]}, "tool_calls", "Rome"),
        ({"content": None, "refusal": "Against my rules.", "reasoning_content": ROW}, "stop", "Against my rules."),
    ],
)
def test_what_is_not_the_answer_is_kept_and_no_row(tmp_path, message, finish, said):
    kept, texts = take(answer(message, finish), tmp_path)
    assert said in kept.other_fields and texts == ([TEXT] if message["content"] == ROW else [])


@pytest.mark.parametrize(
    "sent",
    [
        answer({"content": [{"type": "text", "text": ROW[:9]}, {"type": "text", "text": ROW[9:]}]}),
        answer({"content": [{"type": "thinking", "text": DRAFT}, {"type": "text", "text": ROW}]}),
        answer({"content": json.loads(ROW)}),
        answer({"content": json.loads(ROW)["rows"]}),
        answer(None, choices={"message": {"content": ROW}}),
        answer(None, choices=[{"text": ROW, "finish_reason": "stop"}]),
        answer({"content": ROW}, usage="many"),
    ],
)
def test_an_answer_of_another_form_than_litellm_reads_is_read(tmp_path, sent):
    kept, texts = take(sent, tmp_path)
    assert texts == [TEXT] and "windowsill" in kept.other_fields
    assert (kept.tokens, kept.cost_usd) in [(150, pytest.approx(0.6)), (None, None)]


@pytest.mark.parametrize("sent", [answer({}, choices=None), answer(None), answer({}, choices=[None]), answer(7)])
@pytest.mark.parametrize("usage", [USAGE, None])
def test_an_answer_that_nobody_can_read_is_kept_and_paid_for_once(tmp_path, sent, usage):
    sent = {**sent, "body": {**sent["body"], "usage": usage}}
    with Endpoint(lambda body: sent) as endpoint:
        limits = {"parameters": {"max_tokens": 50}, "concurrency": 1, "budget": {"usd": 2}}
        job = job_for(endpoint, tmp_path, prices=PRICES, **limits)
        with pytest.raises(BudgetError, match=r"of 2\.00 USD"):
            ask(job, 9)
        assert 1 < len(endpoint.requests) == held(job) <= 3
    kept = next(iter(Ledger(job.workspace.ledger)))
    assert (kept.text, kept.tokens) == ("", usage and 150) and "choices" in kept.other_fields


@pytest.mark.parametrize(
    "sent",
    [
        answer({}, choices=None, error={"message": "overloaded", "code": 503}),
        {"status": 200, "body": {"id": None, "detail": "overloaded"}},
        error(500),
    ],
)
def test_an_error_is_no_answer_whatever_its_status(tmp_path, sent):
    with Endpoint(lambda body: sent) as endpoint:
        job = job_for(endpoint, tmp_path, retries=0, patience=0.2)
        with pytest.raises(ProviderError):
            ask(job, 1)
    assert held(job) == 0
