"""Patience ends what is hopeless within a stated time, and outlasts what passes."""

import pytest

from pedigree.models.pacing.circuit_breaker import FEWEST_WAVES, MAX_PAUSE_SECONDS, NEVER_ANSWERED, CircuitBreaker


def fail_for_ever(breaker, takes, retries=5, busy=False, named=0.0):
    """Return the seconds after which a model is given up whose calls fail after ``takes`` seconds, one at a time."""
    now = 0.0
    while True:
        started, now = now, now + takes
        rest = breaker.record_failure(started, now, busy)
        if breaker.is_open(now, retries):
            return now
        assert now < 10_000
        now += max(rest, named) + 0.001


def answered(seconds=120):
    breaker = CircuitBreaker(seconds)
    breaker.record_answer(True)
    return breaker


def test_an_endpoint_that_refuses_connections_is_given_up_after_eight_seconds():
    assert fail_for_ever(CircuitBreaker(120), 0.01) == pytest.approx(7.8, abs=0.1)


@pytest.mark.parametrize("takes", [5, 10, 20, 60])
def test_an_endpoint_that_hangs_is_given_up_within_its_seconds_and_one_call_more(takes):
    assert fail_for_ever(CircuitBreaker(120), takes) <= NEVER_ANSWERED + MAX_PAUSE_SECONDS + takes


def test_a_model_that_answered_is_given_up_after_its_breaker():
    assert 120 <= fail_for_ever(answered(), 0.1) <= 120 + MAX_PAUSE_SECONDS + 1


def test_a_model_that_answered_may_be_gone_for_thirty_seconds():
    breaker, now = answered(), 0.0
    while now < 30:
        now += 0.01 + breaker.record_failure(now, now + 0.01, False)
        assert not breaker.is_open(now, retries=0)
    assert now < 30 + MAX_PAUSE_SECONDS
    breaker.record_answer(True)
    assert (breaker.waves, breaker.calls) == (0, 0)


def test_a_model_that_says_that_it_is_busy_has_its_breaker_too():
    assert 120 <= fail_for_ever(CircuitBreaker(120), 0.1, busy=True, named=20) <= 120 + 21


def test_calls_that_were_in_flight_together_are_one_wave():
    breaker = CircuitBreaker(120)
    for place in range(50):
        breaker.record_failure(started=0.0, now=0.1 + place / 1000, alive=False)
    assert (breaker.calls, breaker.waves) == (50, 1)
    assert not breaker.is_open(0.2, retries=0)
    for _ in range(FEWEST_WAVES - 1):
        breaker.record_failure(1.0 + breaker.waves, 1.1 + breaker.waves, False)
    assert breaker.is_open(4, retries=0)


def test_a_lone_failure_of_a_model_that_answers_asks_for_no_rest():
    assert answered().record_failure(1, 2, False) == 0
    assert CircuitBreaker(120).record_failure(1, 2, False) > 0


def test_calls_without_a_text_are_counted_in_a_row():
    breaker = CircuitBreaker(120)
    for has_text in (False, False):
        breaker.record_answer(has_text)
    breaker.record_refusal()
    assert breaker.empty_answers == 3
    breaker.record_answer(True)
    assert breaker.empty_answers == 0
