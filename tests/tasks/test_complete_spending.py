"""A budget holds whatever a provider reports: what it does not report counts as the most that a call may use."""

import random

import pytest

from pedigree.errors import BudgetError, ProviderError
from pedigree.ledger.ledger import Ledger
from tests.support.fake_endpoint import Endpoint, rows
from tests.support.make_completions import ask, held, job_for

PRICES = {"input": 1000, "output": 10_000}  # 0.60 USD an answer of 100 and 50 tokens
FULL = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}
UNKNOWN = {
    "none": None,
    "empty": {},
    "nulls": dict.fromkeys(FULL),
    "zeros": dict.fromkeys(FULL, 0),
    "total only": {"total_tokens": 150},
}


def say(**message):
    return {"status": 200, "body": {"choices": [{"message": message, "finish_reason": "stop"}]}}


ROWS = '{"rows": [{"text": "a cat sat"}]}'
CONTENTS = {
    "text": rows("a cat sat"),
    "no choices": {"status": 200, "body": {"choices": []}},
    "choices null": {"status": 200, "body": {"choices": None}},
    "message null": {"status": 200, "body": {"choices": [{"message": None, "finish_reason": "stop"}]}},
    "null": say(content=None),
    "reasoning": say(content="", reasoning_content="Let me see"),
    "parts": say(content=[{"type": "text", "text": ROWS}]),
    "refusal": say(content=None, refusal="I cannot help with that"),
    "arguments": say(
        content=None,
        tool_calls=[{"id": "one", "type": "function", "function": {"name": "rows", "arguments": ROWS}}],
    ),
    "encoded twice": say(content='"{\\"rows\\": [{\\"text\\": \\"a cat sat\\"}]}"'),
    "thoughts": say(content=f"<think>a draft: {ROWS}</think>{ROWS}"),
}


def answer_with(usage, content="text"):
    answer = CONTENTS[content]
    return {**answer, "body": {**answer["body"], "object": "chat.completion", "usage": usage}}


def priced_job(endpoint, path, **budget):
    return job_for(
        endpoint, path, prices=PRICES, parameters={"max_tokens": 50}, concurrency=1, budget={"calls": None, **budget}
    )


@pytest.mark.parametrize("usage", UNKNOWN.values(), ids=UNKNOWN)
def test_unknown_usage_is_null_and_the_reservation_counts_now_and_after_a_resume(tmp_path, usage):
    with Endpoint(lambda body: answer_with(usage)) as endpoint:
        job = priced_job(endpoint, tmp_path, usd=5)
        for _ in range(2):
            with pytest.raises(BudgetError, match=r"of 5\.00 USD"):
                ask(job, 80)
        assert 1 < len(endpoint.requests) <= 8
    for kept in Ledger(job.workspace.ledger):
        assert (kept.tokens_in, kept.tokens_out, kept.cost_usd) == (None, None, None)
        assert kept.tokens == (usage or {}).get("total_tokens") or kept.tokens is None


@pytest.mark.parametrize("usage", UNKNOWN.values(), ids=UNKNOWN)
def test_unknown_tokens_count_against_a_budget_of_tokens(tmp_path, usage):
    with Endpoint(lambda body: answer_with(usage)) as endpoint:
        job = priced_job(endpoint, tmp_path, tokens=2000, usd=None)
        with pytest.raises(BudgetError, match="of 2,000 tokens"):
            ask(job, 80)
        assert len(endpoint.requests) <= 2000 / 150


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": 100, "total_tokens": 150}, (100, 50)),
        ({"completion_tokens": 50, "total_tokens": 150}, (100, 50)),
    ],
)
def test_a_missing_part_follows_from_the_total(tmp_path, usage, tokens):
    with Endpoint(lambda body: answer_with(usage)) as endpoint:
        kept = ask(priced_job(endpoint, tmp_path, usd=5), 1).completions[0]
    assert (kept.tokens_in, kept.tokens_out) == tokens and kept.cost_usd == pytest.approx(0.6)


@pytest.mark.parametrize("content", ["no choices", "null", "reasoning"])
def test_an_answer_without_text_is_recorded_and_paid_for(tmp_path, content):
    with Endpoint(lambda body: answer_with(FULL, content)) as endpoint:
        job = priced_job(endpoint, tmp_path, usd=2)
        with pytest.raises(BudgetError, match=r"1\.8000 of 2\.00 USD"):
            ask(job, 9)
        assert len(endpoint.requests) == held(job) == 3
    assert {kept.text for kept in Ledger(job.workspace.ledger)} == {""}


def check_spending(seed, folder):
    """Runs against an endpoint of mixed answers keep the budget, and the ledger agrees with what was reported."""
    chance, sent = random.Random(seed), []

    def answer(body):
        usage = chance.choice([FULL, *UNKNOWN.values()])
        sent.append(usage)
        return answer_with(usage, chance.choice(list(CONTENTS)))

    with Endpoint(answer) as endpoint:
        job = priced_job(endpoint, folder, usd=chance.choice([1, 3, 6]), tokens=chance.choice([None, 700, 2000]))
        for _ in range(2):
            with pytest.raises((BudgetError, ProviderError)):
                ask(job, 60)
    kept = list(Ledger(job.workspace.ledger))
    assert len(kept) == len(sent) == len(endpoint.requests)
    assert 0.6 * len(sent) <= job.recipe.budget.usd
    assert job.recipe.budget.tokens is None or 150 * len(sent) <= job.recipe.budget.tokens
    known = [one.cost_usd for one in kept if one.cost_usd is not None]
    assert len(known) == sent.count(FULL) and sum(known) == pytest.approx(0.6 * len(known))
    assert sum(one.tokens or 0 for one in kept) == 150 * (sent.count(FULL) + sent.count(UNKNOWN["total only"]))


@pytest.mark.parametrize("seed", range(4))
def test_mixed_answers_keep_the_budget(tmp_path, seed):
    check_spending(seed, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(4, 204))
def test_200_runs_of_mixed_answers_keep_the_budget(tmp_path, seed):
    check_spending(seed, tmp_path)
