"""1,000 calls to an endpoint that answers 429 above 32 in flight, against clients that never exceed 32.

python -m benchmarks.throttle [CALLS] [REPEATS]
"""

import statistics
import sys

from benchmarks.asking import measure_aiohttp, measure_complete, measure_litellm
from benchmarks.loopback import serve

LIMIT, SECONDS = 32, 0.1
CLIENTS = {
    f"aiohttp, {LIMIT} at a time": (measure_aiohttp, LIMIT),
    f"LiteLLM, {LIMIT} at a time": (measure_litellm, LIMIT),
    f"complete, concurrency {LIMIT}": (measure_complete, LIMIT),
    "complete, concurrency 128": (measure_complete, 128),
}


def main(calls: int, repeats: int) -> None:
    """Print seconds, the ratio to ``complete`` that is told the limit, and 429s; medians of so many repeats."""
    seen: dict[str, list[tuple[float, dict]]] = {name: [] for name in CLIENTS}
    with serve(SECONDS, limit=LIMIT) as endpoint:
        measure_complete(endpoint.url, 50, 4)  # imports and connections are no part of the comparison
        for _ in range(repeats):
            for name, (client, concurrency) in CLIENTS.items():
                endpoint.counts()
                cost = client(endpoint.url, calls, concurrency)
                seen[name].append((cost.seconds, endpoint.counts()))
    print(f"{calls:,} calls of {SECONDS * 1000:g} ms, 429 above {LIMIT} in flight; medians of {repeats}")
    print(f"{'client':<28} {'seconds':>8} {'ratio':>6} {'429':>5} {'mean in flight':>15}")
    base = statistics.median(seconds for seconds, _ in seen[f"complete, concurrency {LIMIT}"])
    for name, runs in seen.items():
        seconds = statistics.median(seconds for seconds, _ in runs)
        refused, mean = (statistics.median(counts[key] for _, counts in runs) for key in ("refused", "mean"))
        print(f"{name:<28} {seconds:>8.2f} {seconds / base:>6.2f} {refused:>5.0f} {mean:>15.1f}")


if __name__ == "__main__":
    main(*(int(value) for value in [*sys.argv[1:], *["1000", "3"][len(sys.argv) - 1 :]]))
