"""Complete survives what passes, ends what is hopeless, and tells a prompt's failure from an outage."""

import threading
import time

import pytest

from pedigree.errors import ProviderError
from pedigree.models.pacing import circuit_breaker
from tests.support.fake_endpoint import Endpoint, error, rows, said
from tests.support.make_completions import ask, held, job_for

HTML = {"status": 200, "body": {}, "raw": b"<html>gateway</html>", "headers": {"content-type": "text/html"}}


@pytest.fixture
def endpoint():
    with Endpoint() as served:
        yield served


def is_dog(body):
    return "about a dog" in body["messages"][-1]["content"]


def failures(done):
    return sorted(one.failure or "" for one in done.completions)


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_prompt_that_never_gets_through_is_a_failure_while_others_are_answered(tmp_path, concurrency):
    slow_cat = [time.sleep, lambda seconds: None][concurrency == 1]
    with Endpoint(lambda body: error(500) if is_dog(body) else (slow_cat(0.5), rows("a cat sat"))[1]) as endpoint:
        job = job_for(endpoint, tmp_path, retries=0, concurrency=concurrency, patience=20)
        done = ask(job, 4, labels=("dog", "cat"))
        assert failures(done) == [""] * 4 + ["provider-error"] * 4
        assert ask(job, 4, labels=("dog", "cat")).paid.calls == 0  # final until --retry-failed


def test_the_last_prompt_is_a_failure_too_where_it_failed_while_others_were_answered(tmp_path):
    with Endpoint(lambda body: error(500) if is_dog(body) else rows("a cat sat")) as endpoint:
        ask(job_for(endpoint, tmp_path / "before"), 1)  # the first call of a process takes seconds
        done = ask(job_for(endpoint, tmp_path / "w", retries=5, concurrency=1, patience=2), 1, labels=("dog", "cat"))
        assert failures(done) == ["", "provider-error"]


def test_an_outage_stops_the_run_and_leaves_its_prompts_open(endpoint, tmp_path):
    job = job_for(endpoint, tmp_path, concurrency=2, patience=0.5)
    endpoint.script = [rows("a cat sat")]
    endpoint.answer = lambda body: error(502, "bad gateway")
    with pytest.raises(ProviderError, match=r"does not answer.*bad gateway") as raised:
        ask(job, 9)
    assert raised.value.exit_status == 3 and "run again" in raised.value.hint
    assert held(job) == 1
    endpoint.answer = lambda body: rows("a cat ran")
    assert ask(job, 9).paid.calls == 8


def test_an_outage_that_passes_uses_up_no_prompts_tries(endpoint, tmp_path):
    job = job_for(endpoint, tmp_path, concurrency=4, retries=1)
    endpoint.script = [rows("a cat sat")]
    outage = iter(range(8))  # calls that fail before it is back

    def answer(body):
        return rows("a cat ran") if next(outage, None) is None else error(500)

    endpoint.answer = answer
    assert failures(ask(job, 9)) == [""] * 9
    assert len(endpoint.requests) < 25  # one call at a time tries whether it is back


@pytest.mark.parametrize("answer", [HTML, error(500), error(502)])
def test_an_endpoint_that_never_answered_is_given_up_after_its_retries(endpoint, tmp_path, answer):
    endpoint.answer = lambda body: answer
    job = job_for(endpoint, tmp_path, retries=2, concurrency=8)
    with pytest.raises(ProviderError, match="openai/fake does not answer"):
        ask(job, 30)
    assert len(endpoint.requests) <= 4 + 2 and held(job) == 0


def test_an_unreachable_endpoint_is_given_up_within_seconds(tmp_path):
    job = job_for("http://127.0.0.1:9/v1", tmp_path, retries=3, concurrency=8, patience=600)
    start = time.monotonic()
    with pytest.raises(ProviderError, match="does not answer"):
        ask(job, 20)
    assert time.monotonic() - start < job.recipe.generators[0].patience / 5


def test_an_endpoint_that_hangs_is_given_up_after_the_timeout(tmp_path):
    hang = threading.Event()
    with Endpoint(answer=lambda body: (hang.wait(3), rows("late"))[1]) as endpoint:
        with pytest.raises(ProviderError, match=r"no answer within 0\.2 s") as raised:
            ask(job_for(endpoint, tmp_path, timeout=0.2, retries=0), 1)
        hang.set()
    assert "raise 'timeout'" in raised.value.hint


def test_429_for_ever_ends_after_the_patience(endpoint, tmp_path):
    endpoint.answer = lambda body: error(429, "slow down", retry_after=0.2)
    start = time.monotonic()
    with pytest.raises(ProviderError, match="slow down"):
        ask(job_for(endpoint, tmp_path, patience=1, concurrency=8), 20)
    assert time.monotonic() - start >= 1 and len(endpoint.requests) < 15


def test_a_provider_that_asks_for_more_time_than_the_patience_ends_the_run_at_once(endpoint, tmp_path):
    endpoint.answer = lambda body: error(429, "daily limit", retry_after=3600)
    with pytest.raises(ProviderError, match=r"asks to wait 3,600 s.*daily limit"):
        ask(job_for(endpoint, tmp_path, concurrency=1), 20)
    assert len(endpoint.requests) == 1


def test_a_quota_that_names_its_wait_is_waited_for(endpoint, tmp_path):
    quota = error(429, "You exceeded your current quota, please check your plan and billing details. Retry in 20ms.")
    endpoint.script = [rows("a cat sat"), quota, quota]
    done = ask(job_for(endpoint, tmp_path, concurrency=1), 3)
    assert failures(done) == [""] * 3 and len(endpoint.requests) == 5


def test_a_quota_of_a_day_ends_the_run_and_says_how_long(endpoint, tmp_path):
    endpoint.answer = lambda body: error(429, "Daily quota exceeded. Please try again in 7h12m.")
    with pytest.raises(ProviderError, match=r"asks to wait 25,920 s \(7 h 12 min\): Daily quota") as raised:
        ask(job_for(endpoint, tmp_path, concurrency=1), 3)
    assert len(endpoint.requests) == 1 and "run again then" in raised.value.hint


def test_a_429_counts_against_no_prompt(endpoint, tmp_path):
    endpoint.script = [rows("a cat sat"), *[error(429)] * 3]
    assert failures(ask(job_for(endpoint, tmp_path, retries=0, concurrency=2), 5)) == [""] * 5


def test_empty_answers_for_ever_end_the_run_and_are_kept(endpoint, tmp_path):
    endpoint.answer = lambda body: said("", finish="length", reasoning_content="Let me think")
    job = job_for(endpoint, tmp_path, concurrency=2)
    with pytest.raises(ProviderError, match="20 calls in a row brought no text; the last one: finish_reason length"):
        ask(job, 60)
    assert (
        circuit_breaker.MAX_EMPTY_ANSWERS
        <= len(endpoint.requests)
        == held(job)
        <= circuit_breaker.MAX_EMPTY_ANSWERS + 1
    )


def test_prompts_that_are_refused_for_ever_end_the_run(endpoint, tmp_path):
    endpoint.answer = lambda body: error(400, "temperature must be at most 1")
    with pytest.raises(ProviderError, match="temperature must be at most 1"):
        ask(job_for(endpoint, tmp_path, concurrency=2), 60)
    assert len(endpoint.requests) <= circuit_breaker.MAX_EMPTY_ANSWERS + 1


def test_a_second_name_stops_the_run_where_the_recipe_forbids_it(endpoint, tmp_path):
    job = job_for(endpoint, tmp_path, concurrency=1, gates={"mixed_models": "forbid"})
    endpoint.script = [rows("a cat sat", model="fake-a"), rows("a cat ran", model="fake-b")]
    with pytest.raises(ProviderError, match=r"'fake-a' \(completion \w{16}\) and 'fake-b' \(completion \w{16}\)"):
        ask(job, 5)
    assert len(endpoint.requests) == held(job) == 2
    with pytest.raises(ProviderError, match="fake-b"):  # nor does a later run pay on
        ask(job, 5)
    assert len(endpoint.requests) == 2


def test_a_second_name_is_recorded_where_it_is_allowed(endpoint, tmp_path):
    endpoint.script = [rows("a cat sat", model="fake-a"), rows("a cat ran", model="fake-b")]
    done = ask(job_for(endpoint, tmp_path, concurrency=1), 2)
    assert [one.model_answered for one in done.completions] == ["fake-a", "fake-b"]
