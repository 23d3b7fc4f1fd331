"""A run that somebody cancels stops asking within seconds, ends as Cancelled, and loses nothing that it paid for."""

import re
import signal
import time
from contextlib import chdir

import pytest
from prefect import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId, FlowRunFilterStateName
from prefect.settings import PREFECT_API_URL
from prefect.states import Cancelling

from pedigree.ledger.ledger import Ledger
from pedigree.workspace import Workspace
from tests.support.killable_processes import Counter, Process, make, run_flow, settle

pytestmark = pytest.mark.full  # test_resume.py has the short form, without a flow


@pytest.fixture
def running(prefect, tmp_path):
    """A run of the flow in a process of its own, its endpoint (answers take a while) and its folder."""
    with Counter(least=0.3, most=0.6) as endpoint:
        root = settle(tmp_path / "w", endpoint.url)
        process = Process(run_flow, root, "pets", PREFECT_API_URL.value(), False, root=root)
        deadline = time.monotonic() + 600  # on a machine that compiles beside it
        try:
            while len(endpoint.served) < 10:
                assert time.monotonic() < deadline, process.said
                time.sleep(0.02)
            yield process, endpoint, root
        finally:
            process.kill()


def read_states(**filters):
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(flow_run_filter=FlowRunFilter(**filters))
        return {run.id: run.state for run in runs if run.name.startswith("pets")}


def cancel() -> str:
    """Cancel the run as the button on its page does, and return its id."""
    (run,) = read_states(state={"name": FlowRunFilterStateName(any_=["Running"])})
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run, Cancelling())
    return run


def finish(root, endpoint):
    """Run to the end without the flow; nothing that is held is asked for again."""
    held, before = Ledger(Workspace(root).ledger), len(endpoint.requests)
    endpoint._least = endpoint._most = 0.0
    with chdir(root):
        make(root)
    with Ledger(Workspace(root).ledger) as ledger:
        assert len(ledger) == len(held) + len(endpoint.requests) - before


def test_cancelling_on_the_page_stops_the_spending_and_ends_as_cancelled(running):
    process, endpoint, root = running
    run = cancel()
    assert process.wait() == 130
    asked = len(endpoint.requests)
    (state,) = read_states(id=FlowRunFilterId(any_=[run])).values()
    assert state.name == "Cancelled" and re.fullmatch(
        r"the run was cancelled; no further requests are sent; \d+ calls paid for in this run, [\d,]+ tokens, "
        r"cost unknown(; \d+ calls? without an answer may be charged)?; everything received is kept",
        state.message,
    )
    assert "the run was cancelled" in process.said and "Traceback" not in process.said
    held = Ledger(Workspace(root).ledger)
    assert held.problems == held.lost == [] and len(held) == asked  # what was in flight came in, too
    finish(root, endpoint)


def test_a_termination_keeps_what_came_and_counts_what_was_in_flight(running):
    process, endpoint, root = running
    process.signal(signal.SIGTERM)
    assert process.wait() == -signal.SIGTERM
    held = Ledger(Workspace(root).ledger)
    assert held.problems == [] and len(held) + len(held.lost) == len(endpoint.requests)
    finish(root, endpoint)
