"""Prefect as it runs on a server: a server, a work pool and its workers, each a process of its own, all on loopback."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path
from socket import socket
from typing import Any

import psutil

ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


def find_free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with closing(socket()) as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Pool:
    """A server and a work pool; ``workers`` are started in a clone, and everything ends with the block."""

    def __init__(self, folder: Path):
        self._folder, self.root = folder, folder / "work"
        self._port = find_free_port()
        self.api = f"http://127.0.0.1:{self._port}/api"
        self.workers: list[subprocess.Popen] = []
        self._server: subprocess.Popen | None = None
        self.environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_API_URL": self.api,
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "PREFECT_LOGGING_LEVEL": "INFO",
            "XDG_CACHE_HOME": str(folder / "cache"),
            "DO_NOT_TRACK": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def __enter__(self) -> "Pool":
        Path(self.environment["PREFECT_HOME"]).mkdir(parents=True)
        self._server = self._start("server", "server", "start", "--host", "127.0.0.1", "--port", str(self._port))
        self.wait(self._answers, "the server")
        self.prefect("work-pool", "create", "pedigree", "--type", "process")
        return self

    def __exit__(self, *_: object) -> None:
        for process in [*self.workers, self._server]:
            end(process)

    def prefect(self, *arguments: str) -> str:
        """Run the command ``prefect`` in the workspace and return what it prints."""
        command = [sys.executable, "-m", "prefect", "--no-prompt", *arguments]
        done = subprocess.run(
            command, cwd=self._cwd(), env=self.environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def add_worker(self, limit: int = 2) -> subprocess.Popen:
        """Start a worker in the workspace, for so many runs at once."""
        name = f"worker-{len(self.workers)}"
        command = ["worker", "start", "--pool", "pedigree", "--name", name, "--limit", str(limit)]
        self.workers.append(self._start(name, *command))
        return self.workers[-1]

    def call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask the API: POST with a body, else GET."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.api + path, data, {"Content-Type": "application/json"})
        for tries_left in range(9, -1, -1):
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code != 503 or not tries_left:  # its database was busy, and nothing was done
                    raise
            except TimeoutError:  # on a busy machine the server at times answers late
                if not tries_left:
                    raise
            time.sleep(0.5)
        return None

    def start_run(self, deployment: str, **parameters: Any) -> str:
        """Start a deployment as the shell does, and return the run's id."""
        flow, name = deployment.split("/")
        deployment_id = self.call(f"/deployments/name/{flow}/{name}")["id"]
        return self.call(f"/deployments/{deployment_id}/create_flow_run", {"parameters": parameters})["id"]

    def read_run(self, run: str) -> dict[str, Any]:
        """Return a run as the API has it."""
        return self.call(f"/flow_runs/{run}")

    def await_runs(self, runs: list[str], seconds: float) -> list[dict[str, Any]]:
        """Return runs once all of them have ended."""
        ended: dict[str, dict[str, Any]] = {}

        def look() -> bool:
            for run in runs:
                if run not in ended and (read := self.read_run(run))["state_type"] in ENDED:
                    ended[run] = read
            return len(ended) == len(runs)

        self.wait(look, "the runs", seconds)
        return [ended[run] for run in runs]

    def read_log(self, run: str) -> str:
        """Return what stands on a run's page."""
        lines = self.call("/logs/filter", {"logs": {"flow_run_id": {"any_": [run]}}, "sort": "TIMESTAMP_ASC"})
        return "\n".join(line["message"] for line in lines)

    def wait(self, done, what: str, seconds: float = 600) -> None:
        """Wait for something, but not for ever."""
        give_up = time.monotonic() + seconds
        while not _holds(done):
            said = "\n".join(path.read_text()[-3000:] for path in sorted(self._folder.glob("*.log")))
            assert time.monotonic() < give_up, f"{what} did not come within {seconds} s\n{said}"
            time.sleep(0.3)

    def _cwd(self) -> Path:
        return self.root if self.root.exists() else self._folder

    def _start(self, name: str, *arguments: str) -> subprocess.Popen:
        with (self._folder / f"{name}.log").open("w") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "prefect", *arguments],
                cwd=self._cwd(), env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip

    def _answers(self) -> bool:
        try:
            return self.call("/health") is True
        except OSError:
            return False


def _holds(done) -> bool:
    try:
        return done()
    except OSError:  # on a busy machine Prefect's server at times answers late, or that it is not available
        return False


def kill_all(process: subprocess.Popen) -> None:
    """Kill a process and all that it started, at once, as a machine does that fails."""
    there = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
    for one in there:
        one.kill()
    process.wait()
    psutil.wait_procs(there, 10)


def end(process: subprocess.Popen | None) -> None:
    """End a process and all that it started."""
    if process is None or process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
