"""A throttle finds how many calls at a time a model takes, keeps to limits, and comes back from a pause gently."""

from heapq import heappop, heappush
from math import inf

import pytest

from pedigree.models.pacing.rate_limiter import START, RateLimiter


def simulate(throttle, calls, takes, limit=1000):
    """Return end time, peak and refusals of so many calls, where above ``limit`` in flight is refused at once."""
    now, ends, peak, refused, left = 0.0, [], 0, 0, calls
    while left or ends:
        while left and throttle.wait(now) <= 0:
            throttle.start(now, 0)
            fits = len(ends) < limit
            left -= fits
            refused += not fits
            peak = max(peak, len(ends) + 1)
            if fits:
                heappush(ends, (now + takes, now))
            else:
                now += 0.001
                throttle.end()
                throttle.shrink(now - 0.001, now)
        now = min(ends)[0] if throttle.wait(now) == inf or not left else now + throttle.wait(now)
        while ends and ends[0][0] <= now:
            heappop(ends)
            throttle.end()
            throttle.grow()
    return now, peak, refused


def test_it_starts_modestly_and_soon_uses_all_that_is_allowed():
    throttle = RateLimiter(64)
    assert throttle.window == START
    seconds, peak, _ = simulate(throttle, 2000, 0.1)
    assert peak == 64 and seconds < 1.15 * 2000 / 64 * 0.1


@pytest.mark.parametrize("limit", [1, 3, 32, 200])
def test_it_settles_just_below_what_a_provider_takes(limit):
    calls = 100 * limit
    seconds, _, refused = simulate(RateLimiter(512), calls, 0.1, limit)
    assert seconds < 1.2 * calls / limit * 0.1
    assert refused < 0.08 * calls


def test_it_keeps_to_requests_per_minute():
    seconds, _, _ = simulate(RateLimiter(64, requests_per_minute=600), 100, 0.01)
    assert seconds == pytest.approx(99 * 0.1 + 0.01)


def test_it_keeps_to_tokens_per_minute_and_takes_back_what_was_not_used():
    throttle = RateLimiter(64, tokens_per_minute=6000)
    throttle.start(0, 1000)
    assert throttle.wait(0) == pytest.approx(10)
    throttle.end(unused_tokens=900)
    assert throttle.wait(0) == pytest.approx(1)


def test_one_wave_of_refusals_is_one_step_down():
    throttle = RateLimiter(16)
    simulate(throttle, 500, 0.1)
    for _ in range(16):
        throttle.start(100, 0)
    for _ in range(16):
        throttle.end()
        throttle.shrink(100, 101)
    assert throttle.window == 12
    throttle.shrink(102, 103)
    assert throttle.window < 12


def test_a_pause_holds_for_the_model_and_ends_with_a_few_calls():
    throttle = RateLimiter(64)
    simulate(throttle, 500, 0.1)
    throttle.pause(1000, 20)
    assert throttle.wait(1005) == 15 and throttle.wait(1020) == 0
    assert throttle.window == START
    throttle.pause(1000, 5)  # a shorter one does not end it sooner
    assert throttle.wait(1005) == 15


def test_answers_that_come_during_a_pause_allow_no_more_after_it():
    throttle = RateLimiter(64)
    simulate(throttle, 500, 0.1)
    for _ in range(64):
        throttle.start(1000, 0)
    throttle.pause(1000, 20)
    for _ in range(64):
        throttle.end()
        throttle.grow()
    assert throttle.window == START


def test_it_does_not_grow_beyond_what_was_used():
    throttle = RateLimiter(64)
    for now in range(100):
        throttle.start(now, 0)
        throttle.end()
        throttle.grow()
    assert throttle.window == START
