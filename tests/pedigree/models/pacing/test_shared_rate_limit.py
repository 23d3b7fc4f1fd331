"""Runs that ask one model share its limits: together they take no more than one may, and none is starved."""

import os
from collections import Counter
from itertools import pairwise

import pytest

from pedigree.models.pacing import shared_rate_limit
from pedigree.models.pacing.shared_rate_limit import GRACE, POLL_SECONDS, SharedRateLimit, find_path


class Clock:
    """A clock that is set by hand."""

    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def share(tmp_path, clock):
    """Return shares of one model; each is a run of its own."""
    shares = []

    def make(most=4, **limits):
        shares.append(SharedRateLimit(tmp_path / "pace" / "model", most, clock=clock, **limits))
        return shares[-1]

    yield make
    for one in shares:
        one.leave()


def simulate(clock, shares, calls, takes, late=None):
    """Let each run start so many calls as soon as it may, of ``takes`` seconds, and return (time, run) of each start.

    A run looks when it was told to, or when a call of its own ends; those in ``late`` come that many seconds later.
    """
    starts, ends = [], []
    left = dict.fromkeys(range(len(shares)), calls)
    looks = {run: clock.now + (late or {}).get(run, 0) for run in left}
    while ends or any(left.values()):
        clock.now = min([at for at, _ in ends] + [looks[run] for run in left if left[run]])
        for end in [end for end in ends if end[0] <= clock.now]:
            ends.remove(end)
            shares[end[1]].end()
            looks[end[1]] = clock.now
        for run in left:
            while left[run] and looks[run] <= clock.now:
                word = shares[run].start(1)
                looks[run] = clock.now + word.wait
                if not word.wait:
                    left[run] -= 1
                    starts.append((clock.now, run))
                    ends.append((clock.now + takes, run))
            if not left[run]:
                shares[run].leave() if all(one != run for _, one in ends) else None
    return starts


def most_at_a_time(starts, takes):
    return max(sum(at <= now < at + takes - 1e-9 for at, _ in starts) for now, _ in starts)


def test_runs_together_have_no_more_in_flight_than_the_largest_concurrency(clock, share):
    starts = simulate(clock, [share(4), share(4), share(2)], 50, 0.3)
    assert most_at_a_time(starts, 0.3) == 4
    assert starts[-1][0] - starts[0][0] < 1.1 * 150 / 4 * 0.3  # and no room stays empty that somebody wants


def test_a_run_that_comes_later_soon_has_its_half(clock, share):
    starts = simulate(clock, [share(8), share(8)], 200, 1.0, late={1: 5.5})
    taken = Counter(run for at, run in starts if 1008 <= at < 1018)
    assert abs(taken[0] - taken[1]) <= 2
    assert min(at for at, run in starts if run == 1) < 1005.5 + 1.0


@pytest.mark.parametrize("runs", [2, 5])
def test_more_runs_than_places_take_turns(clock, share, runs):
    starts = simulate(clock, [share(1) for _ in range(runs)], 10, 1.0)
    assert most_at_a_time(starts, 1.0) == 1
    for place in range(0, 10 * runs, runs):
        assert {run for _, run in starts[place : place + runs]} == set(range(runs))
    assert starts[-1][0] - starts[0][0] < 10 * runs * (1.0 + 2 * POLL_SECONDS)


def test_nobody_holds_back_what_another_does_not_want(share):
    busy, idle = share(4), share(4)
    assert not idle.start(1).wait  # its prompts are at an end, its one call takes long
    assert [busy.start(1).wait for _ in range(3)] == [0, 0, 0]
    assert busy.start(1).wait == POLL_SECONDS


def test_a_run_that_waited_and_is_gone_is_waited_for_no_longer(clock, share):
    first, second = share(1), share(1)
    first.start(1)
    assert second.start(1).wait  # and never looks again
    first.end()
    assert first.start(1).wait
    clock.now += POLL_SECONDS + GRACE
    assert not first.start(1).wait


def test_requests_per_minute_hold_for_all_and_for_a_run_that_begins_after_another(clock, share):
    first, second = share(64, requests_per_minute=600), share(64, requests_per_minute=600)
    starts = simulate(clock, [first, second], 50, 0.01)
    times = [at for at, _ in starts]
    assert min(b - a for a, b in pairwise(times)) >= 0.1 - 1e-5
    assert times[-1] - times[0] == pytest.approx(99 * 0.1, rel=0.02)
    shares = Counter(run for _, run in starts[:50])
    assert abs(shares[0] - shares[1]) <= 2
    for one in (first, second):
        one.leave()
    clock.now = times[-1] + 0.04
    assert share(64, requests_per_minute=600).start(1).wait == pytest.approx(0.06)


def test_the_strictest_limit_of_the_runs_that_ask_counts_for_each(clock, share):
    strict, lax = share(64, requests_per_minute=60), share(64)
    strict.start(1)
    assert lax.start(1).wait == pytest.approx(1)
    strict.leave()
    assert not lax.start(1).wait


def test_tokens_per_minute_hold_for_all_and_what_was_not_used_is_given_back(clock, share):
    one, other = share(64, tokens_per_minute=6000), share(64, tokens_per_minute=6000)
    assert not one.start(1000).wait
    assert other.start(1000).wait == pytest.approx(10)
    one.end(unused_tokens=900)
    assert other.start(1000).wait == pytest.approx(1)
    clock.now += 1
    assert not other.start(1000).wait
    clock.now += 2
    assert one.start(1).wait == pytest.approx(8)


def test_a_raised_limit_counts_from_then_on(clock, share):
    before = share(64, tokens_per_minute=60)
    before.start(1000)
    before.leave()
    assert share(64, tokens_per_minute=60_000).start(1).wait == pytest.approx(1)


def test_a_pause_is_told_once_to_each_other_run(clock, share):
    told, other = share(), share()
    for one in (told, other):
        one.start(1)
    assert told.pause(20) == 2
    assert not told.start(1).paused
    clock.now += 5
    word = other.start(1)
    assert word.paused == 15 and word.wait and word.processes == 2
    assert not other.start(1).paused
    assert share().start(1).paused == 15
    clock.now += 20
    assert not share().start(1).paused


def test_what_a_run_leaves_is_free_at_once(share):
    one, other = share(4), share(4)
    assert not any(one.start(1).wait for _ in range(4))
    assert other.start(1).wait
    one.leave()
    assert not any(other.start(1).wait for _ in range(4))
    assert one.start(1).wait  # and it may come back


def test_a_file_that_somebody_emptied_or_filled_with_something_else_is_begun_anew(tmp_path, share):
    for content in (b"", b"something else", bytes(800), b"\xff" * 80):
        one, other = share(2), share(2)
        one.start(1)
        (tmp_path / "pace" / "model").write_bytes(content)
        assert not one.start(1).wait
        assert not other.start(1).wait
        for run in (one, other):
            run.end()
            run.leave()


def test_times_of_a_clock_that_began_anew_hold_nobody_up(clock, share):
    before = share(1, requests_per_minute=60, tokens_per_minute=6000)
    before.start(100)
    before.leave()
    clock.now = 3.0
    assert share(1, requests_per_minute=60, tokens_per_minute=6000).start(1).wait <= 1


def test_a_cache_that_can_not_be_written_is_warned_of_once_and_holds_nobody_up(tmp_path, clock, caplog):
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "pace"
    for model in ("a", "b"):
        one = SharedRateLimit(folder / model, 1, clock=clock)
        assert [one.start(1).wait for _ in range(3)] == [0, 0, 0]
        one.end()
        assert one.pause(5) == 1
        one.leave()
    assert caplog.messages == [f"{folder}: Not a directory: a provider's limits are kept within this run alone"]


def test_files_that_nobody_used_for_long_are_removed(tmp_path, share):
    first = share()
    first.start(1)
    folder = tmp_path / "pace"
    for name, age in (("old", shared_rate_limit.STALE + 60), ("new", 60)):
        (folder / name).write_bytes(b"")
        os.utime(folder / name, (folder.stat().st_mtime - age,) * 2)
    SharedRateLimit(folder / "another", 1).start(1)
    assert {path.name for path in folder.iterdir()} == {"model", "new", "another"}


def test_the_file_is_named_for_model_and_address_and_shows_neither(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    path = find_path("openai/gpt-4o-mini", "https://example.org/v1")
    assert path == find_path("openai/gpt-4o-mini", "https://example.org/v1/")
    assert path.parent == tmp_path / "pedigree" / "pace" and len(path.name) == 32 and int(path.name, 16)
    others = [("openai/gpt-4o-mini", None), ("openai/gpt-4o", "https://example.org/v1"), ("openai/gpt-4o-mini", "x")]
    assert len({path, *(find_path(*other) for other in others)}) == 4
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert find_path("a", None).is_relative_to(tmp_path / "home" / ".cache")


def test_only_the_user_can_read_what_is_shared(tmp_path, share):
    share().start(1)
    path = tmp_path / "pace" / "model"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
