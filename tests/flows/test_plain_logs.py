"""What the run's page shows of an error that Pedigree raises on purpose: its own words, once, and no traceback."""

import logging

import pytest

from flows.plain_logs import LOGGERS, configure_run_logs
from pedigree.errors import GateError


@pytest.fixture(autouse=True)
def no_api(monkeypatch):
    """Prefect's own handlers want a run."""
    for name in LOGGERS:
        monkeypatch.setattr(logging.getLogger(name), "handlers", [])
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
    monkeypatch.setattr(logging.getLogger("prefect"), "handlers", [])
    monkeypatch.setattr(logging.getLogger("prefect"), "propagate", True)


@pytest.mark.parametrize("name", LOGGERS)
def test_an_error_is_said_in_its_own_words_once(name, caplog):
    configure_run_logs()
    configure_run_logs()
    with caplog.at_level("ERROR", name):
        try:
            raise GateError("the data failed a gate", hint="look at it")
        except GateError as error:
            logging.getLogger(name).exception("Encountered exception during execution: %r", error)
            logging.getLogger(name).exception("Engine execution exited with unexpected exception")
    assert [record.getMessage() for record in caplog.records] == ["the data failed a gate\n  to do: look at it"]
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("name", LOGGERS)
def test_a_defect_keeps_its_traceback(name, caplog):
    configure_run_logs()
    with caplog.at_level("ERROR", name):
        try:
            raise ZeroDivisionError
        except ZeroDivisionError:
            logging.getLogger(name).exception("Encountered exception during execution")
    assert "ZeroDivisionError" in caplog.text and "Traceback" in caplog.text


def test_a_step_that_succeeded_adds_no_line_and_one_that_failed_does(caplog):
    configure_run_logs()
    steps, runs = (logging.getLogger(name) for name in ("prefect.task_runs", "prefect.flow_runs"))
    with caplog.at_level("INFO", steps.name), caplog.at_level("INFO", runs.name):
        steps.info("Finished in state Completed()")
        steps.error("Finished in state Failed('no')")
        runs.info("Finished in state Completed()")
    assert [(record.name, record.getMessage()) for record in caplog.records] == [
        ("prefect.task_runs", "Finished in state Failed('no')"),
        ("prefect.flow_runs", "Finished in state Completed()"),
    ]
