"""Finds a Prefect server: the configured one, a running one, or one that is started now."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from pedigree.errors import CommandError, WorkspaceError

HOST = "127.0.0.1"
START_LIMIT = "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"
START_SECONDS = 120.0  # seconds until a starting server must answer
STOP_SECONDS = 15.0


@contextmanager
def reach_server() -> Generator[None]:
    """Run a flow inside; raise WorkspaceError with a hint if no server can be reached or started."""
    make_home()
    try:
        yield
    except RuntimeError as error:
        url = os.environ.get("PREFECT_API_URL")
        if "API" not in str(error):
            raise
        raise WorkspaceError(
            f"no Prefect server: {error}",
            hint=f"start the server at {url}, or unset PREFECT_API_URL" if url else _tell_start(str(error)),
        ) from error


def _tell_start(why: str) -> str:
    """Return what to do where the server of a run did not start."""
    see = "'prefect server start' in another shell shows why"
    if "Timed out" not in why:
        return see
    seconds = os.environ.get(START_LIMIT, "some")
    return (
        f"run the same command again when the machine is less busy (it waited {seconds} seconds; no answer is paid "
        f"for twice), or let it wait longer: {START_LIMIT}=600; if it still does not start, {see}"
    )


def make_home() -> None:
    """Make Prefect's home folder; raise WorkspaceError if that fails."""
    home = Path(os.environ.get("PREFECT_HOME", "~/.prefect"))
    try:
        home = home.expanduser()
        home.mkdir(parents=True, exist_ok=True)  # Prefect makes only the last folder, and its server needs all
    except (OSError, RuntimeError) as error:  # RuntimeError: the user has no home folder
        raise WorkspaceError(
            f"{home}: {getattr(error, 'strerror', None) or error}",
            hint="set PREFECT_HOME to a folder that can be written",
        ) from error


@contextmanager
def start_server(port: int) -> Generator[str]:
    """Yield the address of a server's UI; PREFECT_API_URL is set to its API.

    The server is the one that PREFECT_API_URL names; else the one that answers on ``port``; else one that is started
    there and stopped at the end. Raises WorkspaceError or CommandError if there is none.
    """
    if url := os.environ.get("PREFECT_API_URL"):
        if not is_prefect(url):
            raise WorkspaceError(
                f"no Prefect server answers at {url}, where PREFECT_API_URL points",
                hint="start it, or unset the variable",
            )
        yield url.removesuffix("/api")
        return
    address = f"http://{HOST}:{port}"
    os.environ["PREFECT_API_URL"] = f"{address}/api"
    if is_prefect(f"{address}/api"):
        yield address
        return
    make_home()
    with TemporaryFile() as log:
        process = _launch(port, address, log)
        try:
            _wait_for_start(process, address, port, log)
            yield address
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def is_prefect(api: str) -> bool:
    """Return whether a Prefect server answers at an API address."""
    try:
        with urllib.request.urlopen(f"{api}/health", timeout=5) as response:
            return json.load(response) is True
    except (OSError, ValueError):
        return False


def _launch(port: int, address: str, log: IO[bytes]) -> subprocess.Popen:
    settings = {"PREFECT_UI_API_URL": f"{address}/api", "PREFECT_LOGGING_SERVER_LEVEL": "ERROR"}
    # In a session of its own, Ctrl+C does not reach it: this process stops the server after the runs have ended.
    return subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port)],
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=log,
        start_new_session=True,
    )


def _wait_for_start(process: subprocess.Popen, address: str, port: int, log: IO[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_prefect(f"{address}/api"):
        if process.poll() is not None:
            log.seek(0)
            lines = log.read().decode(errors="replace").strip().splitlines()
            raise CommandError(
                f"the Prefect server did not start: {lines[-1] if lines else f'exit status {process.returncode}'}",
                expected=f"port {port} free, or a Prefect server on it",
                hint="choose another port (--port), or run 'prefect server start' to see why",
            )
        if time.monotonic() > deadline:
            raise WorkspaceError(f"the Prefect server did not answer within {START_SECONDS:.0f} s", hint="try again")
        time.sleep(0.3)
