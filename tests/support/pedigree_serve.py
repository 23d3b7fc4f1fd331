"""'pedigree serve' as a process of its own: a Prefect server, the deployments and the reports, all on loopback."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from tests.support.prefect_workers import ENDED, find_free_port
from tests.support.repository import Household

READY = 300.0  # seconds that the server and the deployments may take


class Served:
    """A household that is served inside the block; ``ui`` and ``reports`` are where."""

    def __init__(self, house: Household, **environment: str):
        self.house, self._log = house, house.root.parent / "serve.log"
        self.ui, self.reports = (f"http://127.0.0.1:{find_free_port()}" for _ in range(2))
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")},
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PREFECT_HOME": str(house.root.parent / "prefect"),
            "PYTHONDONTWRITEBYTECODE": "1",
            **environment,
        }

    def __enter__(self) -> "Served":
        ports = [address.rpartition(":")[2] for address in (self.ui, self.reports)]
        command = [sys.executable, "-m", "cli", "serve", "--port", ports[0], "--reports-port", ports[1], "--limit", "3"]
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                command, cwd=self.house.root, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            self.wait_until(lambda: "stop with" in self.said, READY)
        except AssertionError:
            self._process.kill()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self.stop()
        except AssertionError:
            if kind is None:  # else the error of the block is the one to tell
                raise

    @property
    def said(self) -> str:
        """What the command has printed so far."""
        return self._log.read_text()

    def stop(self) -> int:
        """End it as a service manager does, and return its exit status."""
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(40)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise AssertionError(f"it did not stop; it said:\n{self.said}") from None

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask the API: POST with a body, else GET."""
        for pause in (0.5, 1, 2, 4, 0):  # 503: SQLite was busy; Prefect's own client tries again, too
            answer = httpx.request("POST" if body else "GET", f"{self.ui}/api{path}", json=body, timeout=120)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(pause)
        return answer.raise_for_status().json()

    def list_runs(self, deployment: str) -> list[dict[str, Any]]:
        """Return the runs of ``FLOW/NAME``, the first that was made first."""
        found = self.ask(f"/deployments/name/{deployment}")["id"]
        runs = self.ask("/flow_runs/filter", {"deployments": {"id": {"any_": [found]}}, "sort": "START_TIME_ASC"})
        return sorted(runs, key=lambda run: run["created"])

    def start(self, deployment: str, **parameters: Any) -> str:
        """Start a deployment as the shell does, and return the run's id."""
        found = self.ask(f"/deployments/name/{deployment}")["id"]
        return self.ask(f"/deployments/{found}/create_flow_run", {"parameters": parameters})["id"]

    def await_run(self, run: str, seconds: float = 600) -> dict[str, Any]:
        """Return a run once it has ended."""
        self.wait_until(lambda: self.ask(f"/flow_runs/{run}")["state_type"] in ENDED, seconds)
        return self.ask(f"/flow_runs/{run}")

    def wait_until(self, done, seconds: float) -> None:
        """Wait for something, but not for ever."""
        give_up = time.monotonic() + seconds
        while not done():
            assert self._process.poll() is None and time.monotonic() < give_up, f"no end of waiting:\n{self.said}"
            time.sleep(0.3)
