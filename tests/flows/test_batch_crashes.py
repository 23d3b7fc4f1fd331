"""A run that waits for batches and is killed at any moment submits nothing twice and keeps all that it paid for.

The short form, without processes, is in tests/tasks/test_complete_batches.py.
"""

import random

import pytest

from pedigree.ledger.ledger import Ledger
from pedigree.workspace import Workspace
from tests.support.batch_endpoint import BatchEndpoint
from tests.support.batch_runs import MOMENTS, make_in_batches, settle_batched
from tests.support.fake_endpoint import rows
from tests.support.killable_processes import WORDS, Process, key_of, read_job_outputs

SIGKILLED = -9


def answer(body):
    """Answer by what was asked alone."""
    chance = random.Random(key_of(body) + str(body.get("seed")))
    return rows(*(" ".join(chance.choices(WORDS, k=9)) for _ in range(2)), id=f"r-{key_of(body)[:12]}")


def plan_faults(endpoint):
    """One batch expires with a part done, one has 5 % errors."""
    endpoint.plan = [{"status": "expired", "share": 0.4}, {"errors": 0.05}]


def run_killed(root, endpoint, moments, most):
    """Run and be killed at each of the moments, then to the end; return what that run said."""
    for moment, number in moments:
        run = Process(make_in_batches, root, most, moment, number, root=root)
        assert run.wait() == SIGKILLED, (moment, run.said)
    run = Process(make_in_batches, root, most, root=root)
    assert run.wait() == 0, run.said
    return run.said


def check_whole(root, endpoint, whole):
    """The tables of an uninterrupted run; each request answered, and paid for, once; all answers in the ledger."""
    assert read_job_outputs(root) == whole
    assert set(endpoint.answered.values()) == {1}
    with Ledger(Workspace(root).ledger) as ledger:
        assert all(ledger.holds(one, answered=True) for one in endpoint.answered)
        assert len(ledger) == len(endpoint.answered)
    assert [one.suffix for one in Workspace(root).batches.iterdir()] in ([], [""])  # the lock alone


def make_whole(folder, rows_wanted, most):
    with BatchEndpoint(answer) as endpoint:
        root = settle_batched(folder / "whole", endpoint.url, rows_wanted)
        run = Process(make_in_batches, root, most, root=root)
        assert run.wait() == 0, run.said
        return read_job_outputs(root)


@pytest.mark.full
def test_a_run_of_60_requests_that_is_killed_three_times(tmp_path):
    whole = make_whole(tmp_path, 110, 20)
    with BatchEndpoint(answer) as endpoint:
        plan_faults(endpoint)
        root = settle_batched(tmp_path / "killed", endpoint.url, 110)
        said = run_killed(
            root, endpoint, [("after the batch is made", 2), ("while it waits", 2), ("between two lines", 5)], 20
        )
        assert len(endpoint.answered) >= 55
        check_whole(root, endpoint, whole)
    assert "ended as" in said


@pytest.mark.full
@pytest.mark.parametrize("moment", [*MOMENTS, "each"])
def test_a_run_of_2000_requests_that_is_killed(tmp_path, whole_2000, moment):
    numbers = dict(zip(MOMENTS, (2, 2, 2, 1, 300, 1), strict=True))
    with BatchEndpoint(answer) as endpoint:
        plan_faults(endpoint)
        root = settle_batched(tmp_path / "killed", endpoint.url, 4000)
        moments = list(numbers.items()) if moment == "each" else [(moment, numbers[moment])]
        run_killed(root, endpoint, moments, 700)
        assert len(endpoint.answered) >= 1900
        check_whole(root, endpoint, whole_2000)


@pytest.fixture(scope="module")
def whole_2000(tmp_path_factory):
    return make_whole(tmp_path_factory.mktemp("whole"), 4000, 700)
