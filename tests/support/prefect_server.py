"""A Prefect server on loopback for the flows of a test session; its database is made once for all workers of a run.

Prefect's own harness makes a database for every server, and imports the server into the process of the tests; both take
seconds.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import prefect
from prefect.context import _temporary_global_settings_context, get_settings_context
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_SERVER_DATABASE_CONNECTION_URL,
    get_current_settings,
    temporary_settings,
)

from tests.support.once import make_once
from tests.support.prefect_workers import find_free_port

SECONDS = 120  # that the server may take to start
# What Prefect's harness gives its server: without the UI, and without the services that flows do not need.
AS_HARNESS = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}
APP = ("--app-dir", str(prefect.__module_path__.parent), "--factory", "prefect.server.api.server:create_app")


@contextmanager
def serve_prefect(tmp_path_factory) -> Generator[None]:
    """Run flows against a server of our own inside the block."""
    database, servers = tmp_path_factory.mktemp("prefect") / "prefect.db", []
    with temporary_settings({PREFECT_SERVER_DATABASE_CONNECTION_URL: f"sqlite+aiosqlite:///{database}"}):

        def make(folder: Path) -> None:
            servers.append(_Server())
            with closing(sqlite3.connect(database)) as own, closing(sqlite3.connect(folder / database.name)) as copy:
                own.backup(copy)

        made = make_once(tmp_path_factory, "prefect-database", make)
        if not servers:
            shutil.copy(made / database.name, database)
            servers.append(_Server())
        [server] = servers
        try:
            # Also for threads and event loops that do not have the settings of this context.
            with (
                temporary_settings({PREFECT_API_URL: server.url}),
                _temporary_global_settings_context(get_settings_context()),
            ):
                yield
                for worker in (APILogWorker, EventsWorker):
                    worker.drain_all(timeout=10)
        finally:
            server.stop()


class _Server:
    """A running server; it is there when this is made."""

    def __init__(self):
        port = str(find_free_port())
        self.url = f"http://127.0.0.1:{port}/api"
        settings = {**AS_HARNESS, **get_current_settings().to_environment_variables(exclude_unset=True)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", *APP, "--host", "127.0.0.1", "--port", port, "--log-level", "error"],
            env={**os.environ, **settings},
            stdin=subprocess.DEVNULL,
        )
        give_up = time.monotonic() + SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > give_up:
                self.stop()
                raise AssertionError(f"the Prefect server did not start within {SECONDS} s")
            time.sleep(0.1)

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False
