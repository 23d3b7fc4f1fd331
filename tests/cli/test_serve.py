"""'pedigree serve' says what it can't do before it does half of it."""

import os
import signal
from contextlib import closing
from socket import socket

import pytest

from cli.server import START_LIMIT, reach_server
from pedigree.errors import WorkspaceError
from tests.support.cli_runner import Shell
from tests.support.workspaces import make_workspace


@pytest.fixture
def pets(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)  # a served process has handlers of its own
    make_workspace(tmp_path / "work")
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    return Shell(tmp_path / "work", capsys)


@pytest.fixture
def taken():
    """A port on which somebody listens who is no Prefect server."""
    with closing(socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield str(other.getsockname()[1])


def test_a_server_that_does_not_answer_is_named(pets, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    said = pets.refuse("serve", "--reports-port", "0")
    assert "Invalid value for '--reports-port'" in said
    said = pets.refuse("serve", "--reports-port", "47391")
    assert "no Prefect server answers at http://127.0.0.1:9/api" in said and "unset the variable" in said


def test_a_server_that_starts_too_slowly_for_a_busy_machine_says_what_helps(monkeypatch, tmp_path):
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    monkeypatch.setenv(START_LIMIT, "7")
    with pytest.raises(WorkspaceError) as told, reach_server():
        raise RuntimeError("Timed out while attempting to connect to ephemeral Prefect API server.")
    assert "run the same command again" in told.value.hint and "waited 7 seconds" in told.value.hint
    assert f"{START_LIMIT}=600" in told.value.hint
    with pytest.raises(WorkspaceError, match="no Prefect server") as told, reach_server():
        raise RuntimeError("Failed to reach the API")
    assert told.value.hint == "'prefect server start' in another shell shows why"


def test_a_port_of_the_reports_that_is_taken_is_named(pets, taken):
    assert f"port {taken}: Address already in use" in pets.refuse("serve", "--reports-port", taken)


@pytest.mark.full
def test_a_port_of_the_server_that_is_taken_is_named(pets, taken, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "")
    said = pets.refuse("serve", "--port", taken, "--reports-port", "47392")
    assert f"port {taken}" in said and "--port" in said
