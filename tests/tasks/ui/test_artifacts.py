"""What came out stands on the run's page; a server that is gone costs a run a warning."""

import logging
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest
from prefect import flow, get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, LogFilter, LogFilterFlowRunId
from prefect.runtime import flow_run
from prefect.settings import PREFECT_API_URL, temporary_settings

from pedigree.dataset.results import Distribution, GateResults, read_result
from pedigree.errors import BudgetError, ProviderError
from pedigree.generation.budget import Usage
from pedigree.ledger.ledger import Ledger
from pedigree.versions.publishing import Published
from pedigree.versions.versions import Version
from tasks.complete import complete
from tasks.generation_state import Generation
from tasks.parse import parse
from tasks.plan import plan
from tasks.screen import screen
from tasks.ui.artifacts import announce, announce_result, announce_stop, announce_version
from tasks.ui.page import RunPage
from tasks.ui.progress import LiveProgress
from tests.support.fake_endpoint import Endpoint, error
from tests.support.killable_processes import answer
from tests.support.make_completions import job_for
from tests.support.make_finished_job import write_finished_job


def in_flow(work):
    """Run a function in a flow; return the artifacts of its run by key, and what it raised."""
    seen = {}

    @flow(name="test")
    def run():
        seen["id"] = flow_run.id
        try:
            work()
        except Exception as error:
            seen["error"] = error

    run()
    with get_client(sync_client=True) as client:
        wanted = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[seen["id"]]))
        artifacts = client.read_artifacts(artifact_filter=wanted)
    assert len({one.key for one in artifacts}) == len(artifacts)  # each is changed in place, never made again
    return {one.key: one for one in artifacts}, seen.get("error"), seen["id"]


def read_job(job):
    return read_result(Distribution, job.folder / "distribution.json"), read_result(
        GateResults, job.folder / "gates.json"
    )


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    return write_finished_job(tmp_path_factory.mktemp("announce"), 80)


def test_what_came_out_stands_on_the_page_and_a_warning_in_the_log(prefect, job):
    artifacts, error, run = in_flow(lambda: announce(job, *read_job(job), LiveProgress(job)))
    assert error is None
    assert sorted(artifacts) == [f"support-tickets-{name}" for name in ("cost", "gates", "labels", "rejects", "report")]
    labels = artifacts["support-tickets-labels"].data
    assert "](data:image/png;base64,iVBOR" in labels and "![Rows kept of rows wanted: billing-dispute " in labels
    assert len(labels) < 250_000
    assert artifacts["support-tickets-gates"].data.startswith("## Gates\n\nPeople (Ann) read 96 rows: by estimate 91")
    assert "`data/support-tickets/report.html`" in artifacts["support-tickets-report"].data
    assert (
        logging.WARNING,
        "gate warns: A student of the seeds reads other labels: distance 0.31, 0.25 is expected.",
    ) in read_log(run)


def read_log(run):
    """Return level and text of the lines on a run's page; they are sent a moment later."""
    deadline, lines = time.monotonic() + 20, []
    with get_client(sync_client=True) as client:
        while not lines and time.monotonic() < deadline:
            time.sleep(0.2)
            wanted = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run]))
            lines = [
                (line.level, line.message)
                for line in client.read_logs(log_filter=wanted)
                if line.level >= logging.WARNING
            ]
    return lines


def test_links_lead_to_where_reports_are_served(prefect, job, monkeypatch):
    monkeypatch.setenv("PEDIGREE_REPORTS_URL", "http://127.0.0.1:4210/")
    tag = "support-tickets@v1.2.0"
    version = Version("support-tickets", (1, 2, 0), tag, "c" * 40, "2026-11-21", "subject")

    def work():
        announce(job, *read_job(job), LiveProgress(job))
        announce_version(job, Published(version, "minor", False))

    artifacts, error, _ = in_flow(work)
    assert error is None
    base = "http://127.0.0.1:4210"
    assert f"]({base}/support-tickets/report.html)" in artifacts["support-tickets-report"].data
    said = artifacts["support-tickets-version"].data
    assert f"]({base}/{tag}/README.md)" in said and f"]({base}/{tag}/report.html)" in said
    assert f"git checkout {tag} && dvc pull" in said


def test_the_page_of_a_flow_that_starts_a_run_shows_what_it_brought(prefect):
    artifacts, error, _ = in_flow(lambda: announce_result("pets", {"rows": "1,200", "warnings": "few *rows*"}))
    assert error is None and set(artifacts) == {"pets-result"}
    assert "1,200" in artifacts["pets-result"].data and "few \\*rows\\*" in artifacts["pets-result"].data


def test_a_link_to_what_is_no_web_page_is_not_made(prefect, job, monkeypatch):
    monkeypatch.setenv("PEDIGREE_REPORTS_URL", "file:///tmp")
    artifacts, *_ = in_flow(lambda: announce(job, *read_job(job), LiveProgress(job)))
    assert "](" not in artifacts["support-tickets-report"].data


def generate(job, rounds=9):
    """Ask round after round, as the flow does."""
    with Ledger(job.workspace.ledger) as ledger:
        generation = Generation(job, ledger)
        try:
            while generation.stop is None and rounds:
                batch = plan.fn(job, generation.rounds, generation.builder)
                done = complete.fn(job, batch, ledger, spent=generation.spent, live=generation.live)
                parsed = parse.fn(job, done.prompt_table(), done.completion_table())
                generation.record(done, parsed, screen.fn(job, parsed.candidates, generation.duplicates))
                rounds -= 1
        except (BudgetError, ProviderError):
            announce_stop(job, generation)
            raise


def test_rounds_change_one_progress_and_one_table_in_place(prefect, tmp_path):
    with Endpoint() as endpoint:
        endpoint.answer = lambda body: answer({"messages": len(endpoint.requests)})
        job = job_for(endpoint, tmp_path, rows_per_call=2, structured="text")
        artifacts, error, _ = in_flow(lambda: generate(job))
    assert error is None and sorted(artifacts) == ["pets-progress", "pets-rows"]
    progress = artifacts["pets-progress"]
    assert (progress.type, progress.data) == ("progress", 100)
    assert progress.description.startswith("- 8 of 8 rows kept (round 1: +")
    assert "cost unknown" in progress.description
    assert "| cat | 4 | 4 | 0 | 0 | 0 |" in artifacts["pets-rows"].data


def test_a_run_out_of_budget_says_so_on_its_page_and_shows_its_rejects(prefect, tmp_path):
    with Endpoint(lambda body: answer({"messages": "the same"})) as endpoint:
        job = job_for(endpoint, tmp_path, rows_per_call=2, budget={"calls": 6}, structured="text")
        artifacts, raised, _ = in_flow(lambda: generate(job))
    assert isinstance(raised, BudgetError)
    said = artifacts["pets-progress"].description
    assert said.startswith("- stopped: the budget is used up: 6 of 6 calls are used\n- 2 of 8 rows kept (round 1: +2)")
    assert artifacts["pets-rejects"].data.startswith("## ") and "| exact-duplicate | " in artifacts["pets-rejects"].data


def test_a_provider_that_says_something_hostile_stops_a_run_in_plain_text(prefect, tmp_path):
    with Endpoint(lambda body: error(401, "bad key [x](http://evil) <img src=x>")) as endpoint:
        artifacts, raised, _ = in_flow(lambda: generate(job_for(endpoint, tmp_path)))
    assert isinstance(raised, ProviderError)
    said = artifacts["pets-progress"].description
    assert "bad key" in said and re.search(r"(?<!\\)\]\(", said) is None and "<img" not in said


def test_outside_a_flow_nothing_of_prefect_is_called(tmp_path):
    with Endpoint(answer) as endpoint, temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        job = job_for(endpoint, tmp_path, rows_per_call=2, structured="text")
        with Ledger(job.workspace.ledger) as ledger:
            generation = Generation(job, ledger)
            complete.fn(job, plan.fn(job, generation.rounds, generation.builder), ledger, live=generation.live)
    assert generation.live.progress.receipt.spent == Usage(4, generation.live.progress.receipt.spent.tokens, 0.0)
    assert not RunPage().exists


def test_a_server_that_is_gone_costs_a_run_one_warning(prefect, tmp_path, caplog):
    def work():
        page = RunPage(live=True)
        with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}), page.open():
            for _ in range(50):
                page.put_artifact("pets-progress", "progress", 1.0, "x")
                assert page.is_cancelled() is False

    with caplog.at_level(logging.WARNING, logger="pedigree"):
        artifacts, raised, _ = in_flow(work)
    assert raised is None and artifacts == {}
    assert [record.message.split(":")[0] for record in caplog.records if record.name == "pedigree"] == [
        "can't update the run's page for now"
    ]


class Busy(BaseHTTPRequestHandler):
    """A server whose database is busy."""

    asked = 0

    def do_GET(self):
        self._answer(404)

    def do_POST(self):
        Busy.asked += 1
        self._answer(503)

    def log_message(self, *_):
        pass

    def _answer(self, status):
        self.send_response(status)
        self.send_header("Retry-After", "0")
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.mark.parametrize(("live", "tries"), [(True, 1), (False, 3)])
def test_what_is_shown_once_is_sent_again_to_a_busy_server(monkeypatch, live, tries):
    monkeypatch.setattr(Busy, "asked", 0)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Busy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = RunPage(live=live)
    page._run_id = uuid4()
    with temporary_settings({PREFECT_API_URL: f"http://127.0.0.1:{server.server_port}/api"}), page.open():
        page.put_artifact("pets-version", "markdown", "v1.0.0", "x")
    server.shutdown()
    server.server_close()
    assert Busy.asked == tries
