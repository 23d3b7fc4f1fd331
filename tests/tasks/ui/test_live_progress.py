"""When the log says how far the calls are, also where a model stops answering, and when a lost server stops a run."""

import logging
from types import SimpleNamespace
from uuid import uuid4

import httpx
import pytest

from pedigree.errors import ServerLost
from tasks.ui.page import RunPage
from tasks.ui.progress import LOST_AFTER, LiveProgress

JOB = SimpleNamespace(dataset="pets", recipe=SimpleNamespace(stratum_targets={"cat": 4}))


def test_the_first_silence_of_a_model_is_logged_at_once(caplog, monkeypatch):
    monkeypatch.setattr("tasks.ui.progress.time.monotonic", lambda: 5.0)
    live = LiveProgress(JOB)
    silent = [False, True, True]
    monkeypatch.setattr("pedigree.generation.progress.Progress.is_silent", property(lambda self: silent[0]))
    monkeypatch.setattr(live.progress, "format_calls", lambda in_flight: f"silent: {silent[0]}")
    with caplog.at_level(logging.INFO, "pedigree"), live.begin_round([], []):
        while silent:
            live.update(1)
            silent.pop(0)
    assert [record.getMessage().partition(";")[0] for record in caplog.records] == ["silent: True"]


def test_a_server_that_went_away_stops_the_asking(monkeypatch):
    live = LiveProgress(JOB)
    live._page.address = "http://127.0.0.1:9/api"
    refused = iter([0.0, LOST_AFTER - 1, LOST_AFTER])
    monkeypatch.setattr("tasks.ui.page.RunPage.refused_for", property(lambda self: next(refused)))
    monkeypatch.setattr("tasks.ui.progress.CHECK_EVERY", 0.0)
    with live.begin_round([], []):
        live.update(1)
        live.update(1)
        with pytest.raises(ServerLost, match=r"server at http://127.0.0.1:9/api does not answer any more"):
            live.update(1)


@pytest.mark.parametrize(
    ("error", "lost"), [(httpx.ConnectError("refused"), True), (httpx.ReadTimeout("slow"), False), (OSError(), False)]
)
def test_only_a_server_that_nobody_runs_is_taken_as_gone(monkeypatch, error, lost):
    def fail(**settings):
        raise error

    page, now = RunPage(live=True), [100.0]
    page._run_id = uuid4()
    monkeypatch.setattr("prefect.get_client", fail)
    monkeypatch.setattr("tasks.ui.page.time.monotonic", lambda: now[0])
    for _ in range(3):
        assert page.is_cancelled() is False
        now[0] += 25.0
    assert page.refused_for == (75.0 if lost else 0.0)
