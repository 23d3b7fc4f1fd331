"""A budget holds whatever a provider reports: what it does not report counts as the most that a call may use."""

import random

import pytest

from pedigree.errors import BudgetError, ProviderError
from pedigree.job import Job
from pedigree.ledger.ledger import Ledger
from pedigree.models.pacing import circuit_breaker, request_queue
from pedigree.models.refusals import UNCLEAR
from pedigree.recipe.budget import Budget
from tests.support.fake_endpoint import DROP, Endpoint, error, rows
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


def priced_job(endpoint, path, budget=None, **changes):
    changes = {"prices": PRICES, "parameters": {"max_tokens": 50}, "concurrency": 1, **changes}
    return job_for(endpoint, path, budget={"calls": None, **(budget or {})}, **changes)


@pytest.mark.parametrize("usage", UNKNOWN.values(), ids=UNKNOWN)
def test_unknown_usage_is_null_and_the_reservation_counts_now_and_after_a_resume(tmp_path, usage):
    with Endpoint(lambda body: answer_with(usage)) as endpoint:
        job = priced_job(endpoint, tmp_path, {"usd": 5})
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
        job = priced_job(endpoint, tmp_path, {"tokens": 2000, "usd": None})
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
        kept = ask(priced_job(endpoint, tmp_path, {"usd": 5}), 1).completions[0]
    assert (kept.tokens_in, kept.tokens_out) == tokens and kept.cost_usd == pytest.approx(0.6)


@pytest.mark.parametrize("content", ["no choices", "null", "reasoning"])
def test_an_answer_without_text_is_recorded_and_paid_for(tmp_path, content):
    with Endpoint(lambda body: answer_with(FULL, content)) as endpoint:
        job = priced_job(endpoint, tmp_path, {"usd": 2})
        with pytest.raises(BudgetError, match=r"1\.8000 of 2\.00 USD"):
            ask(job, 9)
        assert len(endpoint.requests) == held(job) == 3
    assert {kept.text for kept in Ledger(job.workspace.ledger)} == {""}


def send(body):
    return {"status": 200, "body": {}, "raw": body}


NO_OBJECTS = [send(body) for body in (b'["a cat sat"]', b"a cat sat", b"null", b"3", b'{"choices": [{"mess')]
NO_ANSWERS = [
    error(429, "slow down", retry_after=0.001),
    error(429, "You exceeded your current quota, check your plan and billing. Please retry in 1.5ms."),
    {**error(429), "body": {"error": {"message": "Quota exceeded", "details": [{"retryDelay": "0.001s"}]}}},
    error(500),
    error(503, "overloaded"),
]
CREDIT = error(400, "Your credit balance is too low to access the API. Please go to Plans & Billing.")
REFUSED, SLOTS = "topic c", 8


class MixedEndpoint:
    """Answers in every form. ``answers`` has the usage of each answer, ``lost`` counts connections dropped in a run."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.answers, self.lost, self.refused = [], 0, 0
        self.credit = self.chance.choice([None, None, self.chance.randrange(6)])  # calls until the account is empty
        self.healthy = False

    def answer(self, body):
        if REFUSED in body["messages"][-1]["content"]:
            self.refused += 1
            return error(400, "No, thanks")
        if self.healthy:
            self.answers.append(FULL)
            return answer_with(FULL)
        if self.credit is not None and len(self.answers) >= self.credit:
            return CREDIT
        kind = self.chance.random()
        if kind < 0.2:
            return self.chance.choice(NO_ANSWERS)
        if kind < 0.25:
            self.lost += 1
            return DROP
        usage = self.chance.choice([FULL, *UNKNOWN.values()]) if kind < 0.9 else None
        self.answers.append(usage)
        return answer_with(usage, self.chance.choice(list(CONTENTS))) if kind < 0.9 else self.chance.choice(NO_OBJECTS)


def check_spending(seed, folder):
    """Runs against an endpoint of mixed answers and errors keep the budget; the ledger has every answer; none is lost.

    Two runs end at the budget, or at an empty account that is topped up before the second. A last one finishes.
    """
    mixed = MixedEndpoint(seed)
    budget = {"usd": mixed.chance.choice([1, 2, 3.5]), "tokens": mixed.chance.choice([None, 600, 1200])}
    topics = [f"topic {letter}" for letter in "abcdefg"]
    with Endpoint(mixed.answer) as endpoint:
        changes = {"topics": topics, "retries": 20, "concurrency": mixed.chance.choice([1, 4])}
        job = priced_job(endpoint, folder, budget, strategy="topic", **changes)
        for _ in range(2):
            mixed.lost = 0
            with pytest.raises((BudgetError, ProviderError)) as raised:
                ask(job, SLOTS)
            charged = len(mixed.answers) + mixed.lost
            assert 0.6 * charged <= job.recipe.budget.usd
            assert job.recipe.budget.tokens is None or 150 * charged <= job.recipe.budget.tokens
            assert (mixed.credit is None) or "credit balance" in str(raised.value) or raised.type is BudgetError
            mixed.credit = None
        mixed.healthy = True
        done = ask(Job(job.workspace, job.recipe.model_copy(update={"budget": Budget(usd=None)})), SLOTS)
    check_ledger(list(Ledger(job.workspace.ledger)), mixed.answers)
    assert len(done.completions) == SLOTS
    failures = [one.failure for one in done.completions if one.failure]
    assert len(failures) == 1 and failures[0] in {"refused-request", UNCLEAR}  # of the one topic that is refused


def check_ledger(kept, answers):
    """Every answer is in the ledger, and costs what its usage says; what it does not say is null."""
    kept = [one for one in kept if one.failure is None]
    assert len(kept) == len(answers)
    known = [one.cost_usd for one in kept if one.cost_usd is not None]
    assert len(known) == answers.count(FULL) and sum(known) == pytest.approx(0.6 * len(known))
    assert sum(one.tokens or 0 for one in kept) == 150 * (answers.count(FULL) + answers.count(UNKNOWN["total only"]))


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    monkeypatch.setattr(request_queue, "MAX_WAIT_SECONDS", 0.002)
    monkeypatch.setattr(circuit_breaker, "MAX_PAUSE_SECONDS", 0.002)


@pytest.mark.parametrize("seed", range(4))
def test_mixed_answers_keep_the_budget(tmp_path, seed):
    check_spending(seed, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(4, 204))
def test_200_runs_of_mixed_answers_keep_the_budget(tmp_path, seed):
    check_spending(seed, tmp_path)
