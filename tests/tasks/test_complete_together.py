"""Processes that ask one model keep its limits together, whatever their workspaces; a killed one leaves its share."""

import threading
import time
from collections import Counter
from itertools import pairwise

import pytest

from tests.support.fake_endpoint import Endpoint, error, rows
from tests.support.killable_processes import Process
from tests.support.make_completions import ask_there

BLINK = 0.15  # seconds that a request may take to be seen, on a busy machine


@pytest.fixture
def begin(tmp_path):
    """Begin processes that each ask for so many slots; the key tells their requests apart."""
    running = []

    def begin(endpoint, name, slots, **changes):
        (tmp_path / name).mkdir()
        # Each test has a cache of its own: a port may serve another test's endpoint later.
        environment = {"OPENAI_API_KEY": name, "XDG_CACHE_HOME": str(tmp_path / "cache")}
        arguments = (tmp_path / name, endpoint.url, slots, changes)
        running.append(Process(ask_there, *arguments, root=tmp_path / name, environment=environment))
        return running[-1]

    yield begin
    for process in running:
        process.kill()


def note_times(endpoint):
    """Let an endpoint note when it got each request, and of whom."""
    seen, said = [], endpoint.answer

    def answer(body):
        seen.append((time.monotonic(), body["authorization"].removeprefix("Bearer ")))
        return said(body)

    endpoint.answer = answer
    return seen


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.full
def test_three_processes_have_no_more_in_flight_than_one_may_and_all_get_on(begin):
    with Endpoint(seconds=0.05) as endpoint:
        seen = note_times(endpoint)
        processes = [begin(endpoint, name, 60, concurrency=6) for name in ("a", "b", "c")]
        assert [process.wait() for process in processes] == [0, 0, 0]
        assert len(seen) == 180 and endpoint.most_in_flight == 6
    together = max(min(at for at, who in seen if who == name) for name in "abc"), max(seen)[0]
    first_done = min(max(at for at, who in seen if who == name) for name in "abc")
    taken = Counter(who for at, who in seen if together[0] <= at <= first_done)
    assert min(taken.values()) > 0.5 * max(taken.values())


def test_requests_per_minute_hold_over_processes(begin):
    with Endpoint() as endpoint:
        seen = note_times(endpoint)
        processes = [begin(endpoint, name, 20, limits={"requests_per_minute": 1500}) for name in ("a", "b")]
        assert [process.wait() for process in processes] == [0, 0]
    times = sorted(at for at, _ in seen)
    assert times[-1] - times[0] >= 39 * 0.04 - BLINK
    assert all(times[place + 10] - times[place] >= 10 * 0.04 - BLINK for place in range(30))


def test_a_killed_process_leaves_its_share_at_once(begin):
    with Endpoint() as endpoint:
        stuck, held = threading.Event(), endpoint.answer

        def answer(body):
            return held(body) if body["authorization"] != "Bearer stuck" else stuck.wait(30) and rows("a made-up text")

        endpoint.answer = answer
        seen = note_times(endpoint)
        first = begin(endpoint, "stuck", 3, concurrency=3)
        wait_for(lambda: len(seen) == 3)
        second = begin(endpoint, "next", 3, concurrency=3)
        time.sleep(1)  # it has begun, and waits
        killed = first.kill()
        assert second.wait() == 0
        stuck.set()
    after = [at for at, who in seen if who == "next"]
    assert len(after) == 3 and min(after) >= killed - BLINK


def test_what_one_process_is_told_to_wait_all_wait(begin):
    with Endpoint(seconds=0.02) as endpoint:
        said, told, both = endpoint.answer, [], threading.Event()

        def answer(body):
            if {who for _, who in seen} == {"a", "b"}:
                both.set()
            both.wait(0.3)  # one process may begin later than the other: the first must not have ended
            if both.is_set() and len(endpoint.requests) >= 60 and not told:
                told.append(body)
                return error(429, "slow down", retry_after=1)
            return said(body)

        endpoint.answer = answer
        seen = note_times(endpoint)
        processes = [begin(endpoint, name, 100, concurrency=4) for name in ("a", "b")]
        assert [process.wait() for process in processes] == [0, 0]
    times = sorted(at for at, _ in seen)
    pause, after = max(pairwise(times), key=lambda pair: pair[1] - pair[0])
    assert after - pause >= 0.9
    assert {who for at, who in seen if at <= pause} == {who for at, who in seen if at >= after} == {"a", "b"}
