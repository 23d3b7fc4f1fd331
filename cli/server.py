"""The Prefect server: the one that is configured, one that was started before, or one that is started now."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from pedigree.errors import CommandError, WorkspaceError

HOST = "127.0.0.1"
STARTING = 120.0  # seconds that a server may take to answer
STOPPING = 15.0


@contextmanager
def reach_server() -> Iterator[None]:
    """Run a flow inside; a server that can't be reached or started becomes a WorkspaceError that says what to do."""
    make_home()
    try:
        yield
    except RuntimeError as error:
        url = os.environ.get("PREFECT_API_URL")
        if "API" not in str(error):
            raise
        raise WorkspaceError(
            f"no Prefect server: {error}",
            hint=f"start the server at {url}, or unset PREFECT_API_URL"
            if url
            else "'prefect server start' in another shell says why",
        ) from error


def make_home() -> None:
    """Make Prefect's home folder; raise WorkspaceError where that can't be."""
    home = Path(os.environ.get("PREFECT_HOME", "~/.prefect"))
    try:
        home = home.expanduser()
        home.mkdir(parents=True, exist_ok=True)  # Prefect makes the last folder only, and its server dies without it
    except (OSError, RuntimeError) as error:  # the latter where nobody knows the home of this user
        raise WorkspaceError(
            f"{home}: {getattr(error, 'strerror', None) or error}",
            hint="set PREFECT_HOME to a folder that can be written",
        ) from error


@contextmanager
def start_server(port: int) -> Iterator[str]:
    """Yield the address of a server's UI, with PREFECT_API_URL set to its API.

    It is the one that PREFECT_API_URL names; else the one that answers on ``port``; else one that is started there now
    and stopped at the end. Raises WorkspaceError or CommandError where there is none to be had.
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
    with TemporaryFile() as said:
        process = _launch(port, address, said)
        try:
            _await(process, address, port, said)
            yield address
        finally:
            process.terminate()
            try:
                process.wait(STOPPING)
            except subprocess.TimeoutExpired:
                process.kill()


def is_prefect(api: str) -> bool:
    """Return whether a Prefect server answers at an address of an API."""
    try:
        with urllib.request.urlopen(f"{api}/health", timeout=5) as response:
            return json.load(response) is True
    except (OSError, ValueError):
        return False


def _launch(port: int, address: str, said: IO[bytes]) -> subprocess.Popen:
    settings = {"PREFECT_UI_API_URL": f"{address}/api", "PREFECT_LOGGING_SERVER_LEVEL": "ERROR"}
    # A session of its own: Ctrl+C is for this process, which stops the server when the runs have ended.
    return subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port)],
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=said,
        start_new_session=True,
    )


def _await(process: subprocess.Popen, address: str, port: int, said: IO[bytes]) -> None:
    give_up = time.monotonic() + STARTING
    while not is_prefect(f"{address}/api"):
        if process.poll() is not None:
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines()
            raise CommandError(
                f"the Prefect server did not start: {lines[-1] if lines else f'exit status {process.returncode}'}",
                expected=f"port {port} free, or a Prefect server on it",
                hint="choose another port (--port), or 'prefect server start' says more",
            )
        if time.monotonic() > give_up:
            raise WorkspaceError(f"the Prefect server did not answer within {STARTING:.0f} s", hint="try again")
        time.sleep(0.3)
