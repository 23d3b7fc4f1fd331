"""Measures the fixed cost of a served run: ``python benchmarks/startup.py [RUNS] [--grow] [--tasks]``.

Serves the deployments as ``pedigree serve`` does, starts the deployment ``synthesize`` for the demo's recipe through
the API as the form does, and takes the time from there to Completed, on two cores; what the tasks ``complete`` took
(the calls) is subtracted. Each run has another seed, so that each one asks, curates, measures and publishes 1,000 rows;
with --grow each one adds 100 rows to the version before, which drift is looked for in, too. A run begins when all
others have ended. Limit: 12 s. What a run does is printed task by task with --tasks.
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
from datetime import datetime
from pathlib import Path
from socket import socket
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from pedigree.recipe.yaml_file import set_keys
from tests.support.repository import Household, settle

CORES, LIMIT, PATIENCE = 2, 12.0, 180.0
NAME, ROWS, MORE = "support-tickets", 1000, 100


def find_free_port() -> int:
    """Return a free port."""
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


def run(api: str, rows: int) -> tuple[float, float, float, str]:
    """Run the deployment once; return the seconds of the whole, until it began, and of its calls, and the run's id."""
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
    wait_until_quiet(api)
    calls = sum(
        task["total_run_time"] for task in list_tasks(api, flow_run["id"]) if task["name"].startswith("complete")
    )
    return whole, began, calls, flow_run["id"]


def wait_until_quiet(api: str) -> None:
    """Wait until no run is left, as what was published is evaluated by a run of its own."""
    time.sleep(5)  # an automation takes a moment, and Prefect sums up task runs a moment later
    busy = {"flow_runs": {"state": {"type": {"any_": ["PENDING", "RUNNING", "SCHEDULED"]}}}}
    give_up = time.perf_counter() + PATIENCE
    while any(not run["auto_scheduled"] for run in call(f"{api}/flow_runs/filter", busy)):
        if time.perf_counter() > give_up:
            raise SystemExit("a run does not end")
        time.sleep(0.5)


def list_tasks(api: str, flow_run: str) -> list[dict[str, Any]]:
    """Return a run's task runs, the first that began first."""
    tasks = call(f"{api}/task_runs/filter", {"task_runs": {"flow_run_id": {"any_": [flow_run]}}})
    return sorted(tasks, key=lambda task: task["start_time"])


def print_tasks(api: str, flow_run: str) -> None:
    """Print when each task of a run began and ended, in seconds since the run was asked for."""
    asked = datetime.fromisoformat(call(f"{api}/flow_runs/{flow_run}")["created"])
    for task in list_tasks(api, flow_run):
        began, ended = (
            (datetime.fromisoformat(task[key]) - asked).total_seconds() for key in ("start_time", "end_time")
        )
        print(f"  {began:6.2f} to {ended:6.2f} s  {task['name']}")


def reseed(house: Household, seed: int) -> None:
    """Change the recipe's seed, so that its next version is wholly another."""
    recipe = house.root / f"recipes/{NAME}.yaml"
    set_keys(recipe, {"seed": seed})
    house.git("commit", "-qm", f"seed {seed}", "--", str(recipe))


def main() -> None:
    """Measure as many runs as the command line says, 3 by default, after a first that is not counted."""
    runs = next((int(word) for word in sys.argv[1:] if word.isdigit()), 3)
    grow = "--grow" in sys.argv
    os.sched_setaffinity(0, set(range(CORES)))
    with tempfile.TemporaryDirectory() as passing:
        house = settle(Path(passing) / "work")
        port = find_free_port()
        process = serve(house, port, f"{passing}/prefect")
        try:
            fixed = []
            for number in range(runs + 1):
                if number and not grow:
                    reseed(house, number)
                whole, began, calls, made = run(f"http://127.0.0.1:{port}/api", ROWS + number * MORE * grow)
                print(
                    f"{'warm' if number else 'first'}: {whole:.1f} s in all, of it {began:.1f} s until it began and "
                    f"{calls:.1f} s of calls: {whole - calls:.1f} s of fixed cost"
                )
                if "--tasks" in sys.argv:
                    print_tasks(f"http://127.0.0.1:{port}/api", made)
                fixed += [whole - calls] * bool(number)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    median = statistics.median(fixed)
    print(
        f"fixed cost {median:.1f} s on {CORES} cores (median of {runs}), "
        f"{median / LIMIT:.2f} of the limit of {LIMIT:.0f} s"
    )


if __name__ == "__main__":
    main()
