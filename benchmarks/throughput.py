"""Calls of 100 ms, 64 in flight, one row a call: ``complete`` as it is, against aiohttp alone.

    python -m benchmarks.throughput [CALLS] [REPEATS] [CLIENT...]

Clients: aiohttp, complete and litellm (``acompletion`` alone, 5 to 10 times slower, so only if named). Each run is a
process of its own, so that memory and warm-up are its own. The clients take turns: a machine with other work slows all.
"""

import json
import os
import statistics
import subprocess
import sys

from benchmarks.asking import measure_aiohttp, measure_complete, measure_litellm
from benchmarks.loopback import serve

SECONDS, CONCURRENCY = 0.1, 64
CLIENTS = {"aiohttp": measure_aiohttp, "complete": measure_complete, "litellm": measure_litellm}


def run_client(name: str, url: str, calls: int) -> None:
    """Run one client and print its figures as JSON, for the process that started this one."""
    CLIENTS[name](url, 200, CONCURRENCY)  # imports
    print(json.dumps(vars(CLIENTS[name](url, calls, CONCURRENCY))))


def run_all(calls: int, repeats: int, names: list[str]) -> dict[str, list[dict[str, float]]]:
    """Return the figures of each run of each client."""
    seen: dict[str, list[dict]] = {name: [] for name in names}
    with serve(SECONDS) as endpoint:
        for _ in range(repeats):
            for name, runs in seen.items():
                command = [sys.executable, "-m", "benchmarks.throughput", "--client", name, endpoint.url, str(calls)]
                endpoint.counts()
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                runs.append(json.loads(done.stdout.splitlines()[-1]) | endpoint.counts())
    return seen


def main(calls: int, repeats: int, names: list[str]) -> None:
    """Print rows a second, CPU ms a row, peak memory and calls in flight; medians of so many repeats."""
    seen = run_all(calls, repeats, names)
    print(f"{calls:,} calls of {SECONDS * 1000:g} ms, {CONCURRENCY} in flight; medians of {repeats}", end="; ")
    print(f"load {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores")
    print(
        f"{'client':<10} {'rows/s':>7} {'of aiohttp':>11} {'CPU ms a row':>13} {'peak MiB':>9} {'mean in flight':>15}"
    )
    for name, runs in seen.items():
        of = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        pairs = zip(seen.get("aiohttp", []), runs, strict=False)
        ratio = statistics.median([base["seconds"] / run["seconds"] for base, run in pairs] or [float("nan")])
        print(
            f"{name:<10} {calls / of['seconds']:>7.0f} {ratio:>11.2f} {of['cpu'] / calls * 1000:>13.2f} "
            f"{of['peak']:>9.0f} {of['mean']:>15.1f}"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--client"]:
        run_client(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        numbers, names = [int(one) for one in sys.argv[1:3]], sys.argv[3:]
        main(*[*numbers, *[2000, 3][len(numbers) :]], names or ["aiohttp", "complete"])
