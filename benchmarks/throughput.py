"""2,000 calls of 100 ms, 64 in flight, one row a call: ``complete`` as it is, against LiteLLM and aiohttp alone.

    python -m benchmarks.throughput [CALLS] [REPEATS]

Each run is a process of its own, so that memory and warm-up are its own.
"""

import json
import statistics
import subprocess
import sys

from benchmarks.asking import measure, run_aiohttp, run_complete, run_litellm
from benchmarks.loopback import serve

SECONDS, CONCURRENCY = 0.1, 64
CLIENTS = {"aiohttp": run_aiohttp, "LiteLLM acompletion": run_litellm, "complete": run_complete}


def run_client(name: str, url: str, calls: int) -> None:
    """Run one client and print its figures as JSON, for the process that started this one."""
    CLIENTS[name](url, 20, 4)  # imports and first connections
    print(json.dumps(vars(measure(lambda: CLIENTS[name](url, calls, CONCURRENCY)))))


def main(calls: int, repeats: int) -> None:
    """Print rows a second, CPU ms a row, peak memory and calls in flight; medians of so many repeats."""
    seen: dict[str, list[dict]] = {name: [] for name in CLIENTS}
    with serve(SECONDS) as endpoint:
        for _ in range(repeats):
            for name, runs in seen.items():
                endpoint.counts()
                command = [sys.executable, "-m", "benchmarks.throughput", "--client", name, endpoint.url, str(calls)]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                runs.append(json.loads(done.stdout.splitlines()[-1]) | endpoint.counts())
    print(f"{calls:,} calls of {SECONDS * 1000:g} ms, {CONCURRENCY} in flight; medians of {repeats}")
    print(
        f"{'client':<22} {'rows/s':>7} {'CPU ms a row':>13} {'peak MiB':>9} {'mean in flight':>15} {'of LiteLLM':>11}"
    )
    middle = {
        name: {key: statistics.median(run[key] for run in runs) for key in runs[0]} for name, runs in seen.items()
    }
    base = middle["LiteLLM acompletion"]["seconds"]
    for name, of in middle.items():
        print(
            f"{name:<22} {calls / of['seconds']:>7.0f} {of['cpu'] / calls * 1000:>13.2f} {of['peak']:>9.0f} "
            f"{of['mean']:>15.1f} {base / of['seconds']:>11.2f}"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--client"]:
        run_client(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main(*(int(value) for value in [*sys.argv[1:], *["2000", "3"][len(sys.argv) - 1 :]]))
