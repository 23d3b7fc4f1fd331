"""Calls of 100 ms, 64 in flight, one row a call: ``complete`` as it is, against aiohttp alone.

    python -m benchmarks.throughput [CALLS] [REPEATS] [CLIENT...] [--seconds 0.1] [--spread 0] [--in-flight 64]

Clients: aiohttp, complete and litellm (``acompletion`` alone, 5 to 10 times slower, so only if named). Each run is a
process of its own, so that memory and warm-up are its own. The clients take turns: a machine with other work slows all.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

from benchmarks.asking import measure_aiohttp, measure_complete, measure_litellm
from benchmarks.loopback import serve

CLIENTS = {"aiohttp": measure_aiohttp, "complete": measure_complete, "litellm": measure_litellm}


def run_client(name: str, url: str, calls: int, in_flight: int) -> None:
    """Run one client and print its figures as JSON, for the process that started this one."""
    CLIENTS[name](url, 200, in_flight)  # imports
    print(json.dumps(vars(CLIENTS[name](url, calls, in_flight))))


def run_all(options: argparse.Namespace) -> dict[str, list[dict[str, float]]]:
    """Return the figures of each run of each client."""
    seen: dict[str, list[dict]] = {name: [] for name in options.clients}
    with serve(options.seconds, spread=options.spread) as endpoint:
        for _ in range(options.repeats):
            for name, runs in seen.items():
                command = [sys.executable, "-m", "benchmarks.throughput", str(options.calls), "1", name]
                command += ["--in-flight", str(options.in_flight), "--client", endpoint.url]
                endpoint.counts()
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                runs.append(json.loads(done.stdout.splitlines()[-1]) | endpoint.counts())
    return seen


def main(options: argparse.Namespace) -> None:
    """Print rows a second, CPU ms a row, peak memory and calls in flight; medians of so many repeats."""
    seen = run_all(options)
    milliseconds = f"{options.seconds * 1000:g} ms" + (f" +-{options.spread:.0%}" if options.spread else "")
    print(f"{options.calls:,} calls of {milliseconds}, {options.in_flight} in flight", end="; ")
    print(f"medians of {options.repeats}; load {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores")
    print(
        f"{'client':<10} {'rows/s':>7} {'of aiohttp':>11} {'CPU ms a row':>13} {'peak MiB':>9} {'mean in flight':>15}"
    )
    for name, runs in seen.items():
        of = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        pairs = zip(seen.get("aiohttp", []), runs, strict=False)
        ratio = statistics.median([base["seconds"] / run["seconds"] for base, run in pairs] or [float("nan")])
        print(
            f"{name:<10} {options.calls / of['seconds']:>7.0f} {ratio:>11.2f} "
            f"{of['cpu'] / options.calls * 1000:>13.2f} {of['peak']:>9.0f} {of['mean']:>15.1f}"
        )


def read_options() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("calls", nargs="?", type=int, default=2000)
    parser.add_argument("repeats", nargs="?", type=int, default=3)
    parser.add_argument("clients", nargs="*", default=["aiohttp", "complete"])
    parser.add_argument("--seconds", type=float, default=0.1, help="until the endpoint answers")
    parser.add_argument("--spread", type=float, default=0.0, help="0.9: between 0.1 and 1.9 times the seconds")
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--client", metavar="URL", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    chosen = read_options()
    if chosen.client:
        run_client(chosen.clients[0], chosen.client, chosen.calls, chosen.in_flight)
    else:
        main(chosen)
