"""A run after a crash continues where it stopped: no received answer is requested again, and the result is the same."""

import collections
import random
import re
import time

import pytest

from tests.support.killable_processes import CONCURRENCY, Counter, Process, make, read_job_outputs, settle


@pytest.fixture(scope="module")
def endpoint():
    with Counter() as served:
        yield served


@pytest.fixture(scope="module")
def whole(endpoint, tmp_path_factory):
    """What an uninterrupted run makes, what it asks for, and the seconds that it takes."""
    for name in ("warm", "whole"):
        root, first = settle(tmp_path_factory.mktemp("whole") / name, endpoint.url), len(endpoint.served)
        started = time.monotonic()
        run = Process(make, root, root=root)
        assert run.wait() == 0, run.said
    keys = [key for _, key in endpoint.served[first:]]
    assert len(keys) == len(set(keys)) > 60
    return read_job_outputs(root), set(keys), time.monotonic() - started


def kill_and_resume(root, endpoint, whole, after):
    """Kill a run after so many seconds, run again, and return how many requests were served twice."""
    contents, keys, _ = whole
    settle(root, endpoint.url)
    first = len(endpoint.served)
    run = Process(make, root, root=root)
    time.sleep(after)
    run.kill()
    again = Process(make, root, root=root)
    assert again.wait() == 0, again.said
    assert read_job_outputs(root) == contents

    served = endpoint.served[first:]
    assert {key for _, key in served} == keys
    repeated = [times for times in collections.Counter(key for _, key in served).values() if times > 1]
    assert max(repeated, default=2) == 2
    lost = re.search(r"(\d+) requests? w\w+ in flight when the last run died: asked for again", again.said)
    assert len(repeated) <= (int(lost[1]) if lost else 0) <= CONCURRENCY
    return len(repeated)


@pytest.mark.full
@pytest.mark.parametrize("kills", [40])
def test_a_killed_run_ends_as_one_that_was_not(tmp_path, endpoint, whole, kills, capsys):
    chance = random.Random(kills)
    moments = [whole[2] * (n + chance.random()) / kills for n in range(kills)]
    repeats = [kill_and_resume(tmp_path / f"k{n}" / "w", endpoint, whole, at) for n, at in enumerate(moments)]
    with capsys.disabled():
        pairs = ", ".join(f"{at:.2f} s: {count}" for at, count in zip(moments, repeats, strict=True))
        print(f"\n{kills} kills of a run of {whole[2]:.2f} s and {len(whole[1])} requests; answered twice: {pairs}")
