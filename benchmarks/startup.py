"""What a run through a running Prefect server costs beside its calls: ``python benchmarks/startup.py [RUNS]``.

Serves the deployments as ``pedigree serve`` does, starts the deployment ``synthesize`` for the demo's recipe through the
API as the form does, and takes the time from there to Completed, on two cores; what the tasks ``complete`` took (the calls)
is subtracted. Each run grows the dataset, so that each one asks, curates, measures and publishes. Limit: 12 s.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from socket import socket
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from households import Household, settle

CORES, LIMIT, PATIENCE = 2, 12.0, 180.0
NAME, ROWS, MORE = "support-tickets", 1000, 100


def find_free_port() -> int:
    """Return a port that nobody listens on."""
    with closing(socket()) as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def call(address: str, body: dict[str, Any] | None = None) -> Any:
    """Ask Prefect's API: POST with a body, else GET."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def serve(house: Household, port: int, home: str) -> subprocess.Popen:
    """Start ``pedigree serve`` and return when the deployments are registered."""
    command = ["-m", "cli", "serve", "--port", str(port), "--reports-port", str(find_free_port())]
    environment = {**os.environ, "PREFECT_HOME": home, "DO_NOT_TRACK": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PREFECT_API_URL", None)
    process = subprocess.Popen(
        [sys.executable, "-u", *command], cwd=house.root, env=environment, stdout=subprocess.PIPE, text=True
    )
    for line in process.stdout:
        if line.startswith("stop with"):
            return process
    raise SystemExit(f"'pedigree serve' ended with {process.wait()}")


def run(api: str, rows: int) -> tuple[float, float, float]:
    """Run the deployment once; return the seconds of the whole, until it began, and of its calls."""
    deployment = call(f"{api}/deployments/name/synthesize/synthesize")["id"]
    start = time.perf_counter()
    flow_run = call(f"{api}/deployments/{deployment}/create_flow_run", {"parameters": {"dataset": NAME, "rows": rows}})
    began = 0.0
    while (state := (read := call(f"{api}/flow_runs/{flow_run['id']}"))["state_type"]) != "COMPLETED":
        began = began or (time.perf_counter() - start if state == "RUNNING" else 0.0)
        if state in {"FAILED", "CRASHED", "CANCELLED"} or time.perf_counter() - start > PATIENCE:
            raise SystemExit(f"the run is {state}: {read['state']['message']}")
        time.sleep(0.05)
    whole = time.perf_counter() - start
    time.sleep(3)  # Prefect sums up task runs a moment later
    tasks = call(f"{api}/task_runs/filter", {"task_runs": {"flow_run_id": {"any_": [flow_run["id"]]}}})
    calls = sum(task["total_run_time"] for task in tasks if task["name"].startswith("complete"))
    return whole, began, calls


def main() -> None:
    """Measure as many runs as the command line says, 3 by default, after a first that is not counted."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    os.sched_setaffinity(0, set(range(CORES)))
    with tempfile.TemporaryDirectory() as passing:
        house = settle(Path(passing) / "work")
        port = find_free_port()
        process = serve(house, port, f"{passing}/prefect")
        try:
            fixed = []
            for number in range(runs + 1):
                whole, began, calls = run(f"http://127.0.0.1:{port}/api", ROWS + number * MORE)
                print(
                    f"{'warm' if number else 'first'}: {whole:.1f} s in all, of it {began:.1f} s until it began and "
                    f"{calls:.1f} s of calls: {whole - calls:.1f} s of fixed cost"
                )
                fixed += [whole - calls] * bool(number)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    median = statistics.median(fixed)
    print(
        f"fixed cost {median:.1f} s on {CORES} cores (median of {runs}), {median / LIMIT:.2f} of the limit of {LIMIT:.0f} s"
    )


if __name__ == "__main__":
    main()
