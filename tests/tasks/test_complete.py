"""Complete asks for what is not held, once, within the budget, and keeps everything that it receives."""

import os
import time
from pathlib import Path

import pytest

from pedigree.errors import BudgetError, ProviderError, RecipeError
from pedigree.generation.budget import Usage
from tests.support.fake_endpoint import Endpoint, error, rows, said
from tests.support.make_completions import ask, held, job_for
from tests.support.workspaces import make_job


@pytest.fixture
def endpoint():
    with Endpoint() as served:
        yield served


def test_every_answer_is_kept_with_model_tokens_and_provider_id(endpoint, tmp_path):
    job = job_for(endpoint, tmp_path)
    endpoint.script = [rows("a cat sat", model="fake-2026-11-01")]
    done = ask(job, 1)
    kept = done.completions[0]
    assert (kept.model, kept.model_answered, kept.response_id) == ("openai/fake", "fake-2026-11-01", "r1")
    assert (kept.tokens_in, kept.tokens_out, kept.finish_reason, kept.failure) == (100, 50, "stop", None)
    assert kept.cost_usd is None  # no price is known: null, not 0
    assert done.paid == Usage(1, 150, 0.0)


def test_prices_of_the_recipe_give_the_cost(endpoint, tmp_path):
    job = job_for(endpoint, tmp_path, prices={"input": 10, "output": 20}, budget={"usd": 1})
    assert ask(job, 1).completions[0].cost_usd == pytest.approx((100 * 10 + 50 * 20) / 1e6)


def test_what_the_ledger_holds_is_not_asked_for_again(endpoint, tmp_path):
    job = job_for(endpoint, tmp_path)
    first = ask(job, 3)
    again = ask(job, 5)
    assert len(endpoint.requests) == 5 and again.paid.calls == 2
    assert {one.completion_id for one in first.completions} < {one.completion_id for one in again.completions}


def test_no_connection_outlives_the_asking(endpoint, tmp_path):
    import litellm

    job = job_for(endpoint, tmp_path)
    before, known = set(litellm.in_memory_llm_clients_cache.cache_dict), len(_list_sockets())
    ask(job, 3)
    assert len(endpoint.requests) == 3
    assert set(litellm.in_memory_llm_clients_cache.cache_dict) <= before
    for _ in range(50):  # the endpoint's own side closes a moment later
        if len(_list_sockets()) <= known:
            break
        time.sleep(0.05)
    assert len(_list_sockets()) <= known


def _list_sockets():
    links = list(Path("/proc/self/fd").iterdir())  # one of them is of this listing, and gone by now
    return [link for link in links if link.is_symlink() and str(link.readlink()).startswith("socket:")]


def test_passing_failures_are_tried_again_and_leave_no_trace(endpoint, tmp_path):
    job = job_for(endpoint, tmp_path)
    endpoint.script = [error(429, retry_after=0), error(500), rows("a cat sat")]
    done = ask(job, 1)
    assert len(endpoint.requests) == 3 and done.completions[0].failure is None


def test_retry_after_is_waited_for(endpoint, tmp_path):
    job = job_for(endpoint, tmp_path)
    times = []
    endpoint.script = [lambda body: (times.append(os.times().elapsed), error(429, retry_after=0.5))[1]]
    endpoint.answer = lambda body: (times.append(os.times().elapsed), rows("a cat sat"))[1]
    ask(job, 1)
    assert times[1] - times[0] >= 0.45


def test_no_more_than_the_concurrency_is_in_flight(tmp_path):
    with Endpoint(seconds=0.05) as endpoint:
        ask(job_for(endpoint, tmp_path, concurrency=3), 12)
        assert endpoint.most_in_flight == 3


def test_the_budget_of_calls_is_exact_and_what_was_paid_is_kept(tmp_path):
    with Endpoint(seconds=0.02) as endpoint:
        job = job_for(endpoint, tmp_path, concurrency=8, budget={"calls": 5})
        with pytest.raises(BudgetError, match="5 of 5 calls are used"):
            ask(job, 12)
        assert len(endpoint.requests) == 5 and held(job) == 5


def test_what_was_spent_before_counts(endpoint, tmp_path):
    job = job_for(endpoint, tmp_path, budget={"calls": 5})
    with pytest.raises(BudgetError):
        ask(job, 4, spent=Usage(calls=3))
    assert len(endpoint.requests) == 2


def test_the_budget_of_usd_counts_what_calls_in_flight_may_cost(tmp_path):
    with Endpoint(seconds=0.02) as endpoint:
        price = {"input": 0, "output": 1000}  # 0.05 USD an answer; 100 tokens may cost 0.10
        job = job_for(
            endpoint, tmp_path, prices=price, parameters={"max_tokens": 100}, budget={"usd": 0.32}, concurrency=8
        )
        with pytest.raises(BudgetError, match=r"of 0\.32 USD"):
            ask(job, 20)
        assert len(endpoint.requests) == 5  # a sixth could end at 0.35


def test_a_budget_in_usd_without_a_price_starts_nothing(endpoint, tmp_path):
    with pytest.raises(RecipeError, match="price of openai/fake is not known"):
        ask(job_for(endpoint, tmp_path, budget={"usd": 5}), 1)
    assert endpoint.requests == []


@pytest.mark.parametrize(
    "answer, says",
    [
        (error(401, "Incorrect API key provided"), "Incorrect API key"),
        (error(402, "Payment required"), "Payment required"),
        (error(429, "You exceeded your current quota"), "quota"),
        (error(404, "The model does not exist"), "does not exist"),
    ],
)
def test_a_hopeless_answer_stops_the_run_at_once(endpoint, tmp_path, answer, says):
    job = job_for(endpoint, tmp_path, concurrency=1)
    endpoint.answer = lambda body: answer
    with pytest.raises(ProviderError, match=says) as raised:
        ask(job, 10)
    assert raised.value.hint and len(endpoint.requests) == 1 and held(job) == 0


def test_a_missing_key_is_named_before_anything_is_sent(tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    job = make_job(tmp_path, generators=[{"model": "openai/gpt-4o-mini"}])
    with pytest.raises(ProviderError, match="OPENAI_API_KEY"):
        ask(job, 1)


def test_an_unknown_provider_is_a_clear_error(tmp_path):
    job = make_job(tmp_path, generators=[{"model": "nosuch/thing"}])
    with pytest.raises(ProviderError, match="LLM Provider NOT provided"):
        ask(job, 1)


def test_a_prompt_that_the_provider_refuses_is_a_recorded_failure_and_the_run_goes_on(endpoint, tmp_path):
    job = job_for(endpoint, tmp_path, concurrency=1)
    endpoint.script = [rows("a cat sat"), error(400, "content_policy_violation: not this"), rows("a cat ran")]
    done = ask(job, 3)
    assert sorted(one.failure or "" for one in done.completions) == ["", "", "content-filter"]
    assert ask(job, 3).paid.calls == 0  # final until --retry-failed
    assert ask(job, 3, retry_failed=True).paid.calls == 1


def test_turns_are_asked_in_one_conversation(endpoint, tmp_path):
    job = job_for(endpoint, tmp_path, turns=3, concurrency=1)
    done = ask(job, 1)
    assert [len(body["messages"]) for body in endpoint.requests] == [2, 4, 6]
    assert done.prompts[2].parents == (done.completions[0].completion_id, done.completions[1].completion_id)
    assert ask(job, 1).paid.calls == 0


def test_a_schema_is_sent_where_the_model_takes_it(endpoint, tmp_path):
    ask(job_for(endpoint, tmp_path / "native", structured="native"), 1)
    schema = endpoint.requests[0]["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["rows"]["items"]["required"] == ["text"]
    ask(job_for(endpoint, tmp_path / "text", structured="text"), 1)
    assert "response_format" not in endpoint.requests[1]


def test_a_model_that_turns_out_to_take_no_schema_is_asked_in_text(endpoint, tmp_path):
    job = job_for(endpoint, tmp_path, model="openai/gpt-4o-mini", concurrency=1)
    endpoint.script = [error(400, "response_format json_schema is not supported")]
    done = ask(job, 2)
    assert ["response_format" in body for body in endpoint.requests] == [True, False, False]
    assert [one.failure for one in done.completions] == [None, None]


def test_an_answer_without_text_is_an_answer(endpoint, tmp_path):
    endpoint.script = [said(None, finish="content_filter")]
    kept = ask(job_for(endpoint, tmp_path), 1).completions[0]
    assert (kept.text, kept.finish_reason, kept.failure) == ("", "content_filter", None)


def test_half_a_surrogate_pair_is_kept_as_a_replacement_character(endpoint, tmp_path):
    endpoint.script = [said('{"rows": [{"text": "a \ud83d cat"}]}')]
    assert ask(job_for(endpoint, tmp_path), 1).completions[0].text == '{"rows": [{"text": "a � cat"}]}'


def test_no_key_of_the_environment_is_in_the_ledger(endpoint, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-0123456789")
    job = job_for(endpoint, tmp_path)
    ask(job, 1)
    assert endpoint.requests[0]["authorization"] == "Bearer sk-planted-0123456789"
    for path in job.workspace.ledger.rglob("*"):
        assert b"sk-planted" not in path.read_bytes()
