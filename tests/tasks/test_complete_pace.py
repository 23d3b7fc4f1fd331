"""Complete asks each model as fast as it lets itself be asked: generators of one model share what it takes."""

import threading
import time
from itertools import pairwise

import pytest

from pedigree.models.pacing.endpoint import Endpoints
from pedigree.models.pacing.rate_limiter import START
from tests.support.fake_endpoint import Endpoint, error, rows
from tests.support.make_completions import ask, job_for


@pytest.fixture
def endpoint():
    with Endpoint() as served:
        yield served


def test_generators_of_one_model_share_its_concurrency(tmp_path):
    with Endpoint(seconds=0.25) as endpoint:
        ask(job_for(endpoint, tmp_path, {}, {"concurrency": 6}, concurrency=3), 12)
        assert len(endpoint.requests) == 36 and endpoint.most_in_flight == 6


def test_two_models_do_not_share(tmp_path):
    with Endpoint(seconds=0.25) as endpoint:
        ask(job_for(endpoint, tmp_path, {"model": "openai/other"}, concurrency=3), 12)
        assert endpoint.most_in_flight > 3


def test_it_starts_modestly(tmp_path):
    with Endpoint(seconds=0.5) as endpoint:
        ask(job_for(endpoint, tmp_path, concurrency=64), START)
        ask(job_for(endpoint, tmp_path / "more", concurrency=64), 20)
        assert START < endpoint.most_in_flight < 20


def test_it_stays_near_what_a_provider_takes_at_a_time(tmp_path):
    with Endpoint(seconds=0.08, limit=6) as endpoint:
        done = ask(job_for(endpoint, tmp_path, concurrency=64), 200)
        assert endpoint.most_in_flight == 6 and endpoint.refused < 60
        assert all(one.failure is None for one in done.completions) and done.paid.calls == 200


def test_the_strictest_limit_of_a_models_generators_counts(endpoint, tmp_path):
    other = {"limits": {"requests_per_minute": 600}}
    start = time.monotonic()
    ask(job_for(endpoint, tmp_path, other, limits={"requests_per_minute": 6000}), 6)
    assert time.monotonic() - start >= 1.1  # twelve calls, 0.1 s apart: a slow machine only takes longer


def test_tokens_per_minute_count_what_was_used(endpoint, tmp_path):
    # An answer takes 150 tokens, and before it has come as many as it may: some 1,000.
    job = job_for(
        endpoint, tmp_path, concurrency=1, parameters={"max_tokens": 800}, limits={"tokens_per_minute": 60000}
    )
    start = time.monotonic()
    ask(job, 8)
    assert time.monotonic() - start >= 7 * 0.15


@pytest.mark.full
def test_retry_after_pauses_the_whole_model_and_few_calls_come_back_at_once(tmp_path):
    seen = []

    def answer(body):
        seen.append(time.monotonic())
        return error(429, "slow down", retry_after=4) if len(seen) == 30 else rows("a made-up text")

    with Endpoint(answer, seconds=0.1) as endpoint:
        ask(job_for(endpoint, tmp_path, concurrency=16), 80)
    pause, after = max(pairwise(sorted(seen)), key=lambda pair: pair[1] - pair[0])
    assert after - pause >= 1.5  # of four seconds: some calls were on their way when the pause began
    assert endpoint.most_in_flight <= 16


def test_a_slow_call_holds_up_no_other(endpoint, tmp_path):
    others, waited = threading.Event(), []

    def answer(body):
        if len(endpoint.requests) >= 30:
            others.set()
        return rows("a made-up text")

    endpoint.script = [lambda body: (waited.append(others.wait(60)), rows("a made-up text"))[1]]
    endpoint.answer = answer
    # Far more than the others take on a busy machine: a call that timed out would be asked again, and be answered.
    ask(job_for(endpoint, tmp_path, concurrency=2, timeout=90), 30)
    assert waited == [True]  # all others were asked while it was out


def test_what_waits_for_another_try_holds_no_place(endpoint, tmp_path):
    endpoint.script = [rows("a made-up text"), error(500)]
    ask(job_for(endpoint, tmp_path, concurrency=1), 4, labels=("cat", "dog"))
    assert ["dog" in body["messages"][-1]["content"].split("Not:")[0] for body in endpoint.requests[:3]] == [
        False,
        True,
        False,
    ]


def test_a_model_without_structured_output_is_found_out_once_for_all_its_generators(tmp_path):
    def answer(body):
        wants = "response_format" in body
        return error(400, "response_format json_schema is not supported") if wants else rows("a made-up text")

    with Endpoint(answer) as endpoint:
        job = job_for(endpoint, tmp_path, {}, model="openai/gpt-4o-mini", concurrency=4)
        done = ask(job, 10)
        assert sum("response_format" in body for body in endpoint.requests) <= START
        assert len(done.completions) == 20 and all(one.failure is None for one in done.completions)


def test_what_a_round_learned_of_a_model_serves_the_next(endpoint, tmp_path):
    job = job_for(endpoint, tmp_path, model="openai/gpt-4o-mini", concurrency=1)
    endpoint.script = [error(400, "response_format json_schema is not supported")]
    endpoints = Endpoints(job)
    for slots in (2, 4):
        ask(job, slots, endpoints=endpoints)
    assert ["response_format" in body for body in endpoint.requests] == [True, False, False, False, False]
