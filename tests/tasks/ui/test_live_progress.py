"""When the log says how far the calls are: now and then, and at once when a model stops answering."""

import logging
from types import SimpleNamespace

from tasks.ui.progress import LiveProgress

JOB = SimpleNamespace(dataset="pets", recipe=SimpleNamespace(targets={"cat": 4}))


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
