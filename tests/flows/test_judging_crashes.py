"""A run that is killed while judges are asked goes on: only what was in flight is asked for again."""

import collections
import json
import random
import re
import time

import pytest

from pedigree.workspace import Workspace
from tests.support.fake_endpoint import said
from tests.support.killable_processes import Counter, Process, answer, key_of, make, make_seeds, read_job_outputs
from tests.support.workspaces import make_workspace

AT_ONCE = 4


def answer_both(body):
    """Answer as the generator, or as a judge that rejects one row in six, by what was asked alone."""
    if body["model"] != "judge":
        return answer(body)
    fits = "yes" if random.Random(key_of(body)).random() < 5 / 6 else "no"
    return said(json.dumps({"verdicts": [{"row": 1, "fits": fits}]}), id=f"r-{key_of(body)[:12]}")


def settle(root, url):
    asked = {"api_base": url, "concurrency": AT_ONCE, "structured": "text"}
    maker = {"strategy": "few-shot", "shots": 3, "rows_per_call": 2, "model": "openai/fake", **asked}
    judge = {"name": "j", "model": "openai/judge", "question": "fits", "calibrate": 6, **asked}
    make_workspace(root, seeds=make_seeds(20), rows=40, generators=[maker], judges=[judge])
    return root


@pytest.fixture(scope="module")
def endpoint():
    with Counter() as served:
        served.answer = answer_both
        yield served


@pytest.mark.full
@pytest.mark.parametrize("kills", [30])
def test_a_run_killed_while_judging_ends_as_one_that_was_not(tmp_path, endpoint, kills):
    for name in ("warm", "whole"):
        root, first, started = settle(tmp_path / name / "w", endpoint.url), len(endpoint.served), time.monotonic()
        run = Process(make, root, root=root)
        assert run.wait() == 0, run.said
    seconds, contents = time.monotonic() - started, read_job_outputs(root)
    keys = {key for _, key in endpoint.served[first:]}
    assert sum(body["model"] == "judge" for body in endpoint.requests) > 60
    chance = random.Random(kills)
    for kill in range(kills):
        root, first = settle(tmp_path / f"k{kill}" / "w", endpoint.url), len(endpoint.served)
        run = Process(make, root, root=root)
        time.sleep(seconds * (kill + chance.random()) / kills)
        run.kill()
        again = Process(make, root, root=root)
        assert again.wait() == 0, again.said
        assert read_job_outputs(root) == contents and Workspace(root).ledger.is_dir()
        served = collections.Counter(key for _, key in endpoint.served[first:])
        assert set(served) == keys
        lost = re.search(r"(\d+) requests? w\w+ in flight when the last run died: asked for again", again.said)
        assert sum(times > 1 for times in served.values()) <= (int(lost[1]) if lost else 0) <= 2 * AT_ONCE
