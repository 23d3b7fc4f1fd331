"""A search whose process is killed at any request goes on: only the request in flight is asked again."""

import json
import signal

import pytest

from pedigree.ids import seeded
from pedigree.job import open_job
from pedigree.ledger.ledger import Ledger
from pedigree.workspace import Workspace
from tasks.optimising.record import make_record
from tasks.optimising.search import search_instructions
from tests.support.killable_processes import Process
from tests.support.killed_search import search_once
from tests.support.telling_model import Maker, make_searched


def search(root):
    job = open_job(Workspace(root), "pets")
    with Ledger(job.workspace.ledger) as ledger:
        record = make_record(job, search_instructions.fn(job, ledger))
    (root / "record.json").write_text(json.dumps(record))


@pytest.mark.full
def test_a_process_that_is_killed_at_any_request_leaves_what_was_answered(tmp_path):
    with Maker(1) as endpoint:
        root = make_searched(tmp_path / "whole", endpoint, seed=1).workspace.root
        assert Process(search, root, root=root).wait() == 0
        calls, record = len(endpoint.requests), (root / "record.json").read_text()
    chance = seeded("kills of a process")
    for kill in range(3):
        moment = chance.randrange(1, calls + 1)
        with Maker(1) as endpoint:
            root = make_searched(tmp_path / str(kill), endpoint, seed=1).workspace.root
            runs = []

            def answer(body, endpoint=endpoint, runs=runs, moment=moment):
                if len(endpoint.requests) == moment:
                    runs[0].signal(signal.SIGKILL)
                    return {"drop": True}
                return endpoint.answer_all(body)

            endpoint.answer = answer
            runs.append(Process(search, root, root=root))
            assert runs[0].wait() == -9
            assert len(endpoint.requests) == moment
            again = Process(search, root, root=root)
            assert again.wait() == 0, again.said
            assert len(endpoint.requests) == calls + 1
        assert (root / "record.json").read_text() == record


@pytest.mark.full
@pytest.mark.parametrize("columns", [False, True])
def test_killed_between_rounds_it_goes_on_and_no_call_is_answered_twice(tmp_path, columns):
    whole = search_once(tmp_path / "whole", 1, columns=columns)
    for number in range(4):  # all rounds
        assert search_once(tmp_path / str(number), 1, columns=columns, after_round=number) == whole
