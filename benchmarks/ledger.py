"""The ledger's price: records a second in groups, and what one append adds to a call, against a plain write + fsync.

python -m benchmarks.ledger [RECORDS]
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from pedigree.ids import sha256_of
from pedigree.ledger.completion import Completion
from pedigree.ledger.ledger import Ledger
from pedigree.ledger.segments import encode


def make(count: int) -> list[Completion]:
    """Return completions of ten rows of some 120 characters, as a real call gives."""
    text = '{"rows": [' + ", ".join('{"text": "' + "x" * 120 + '"}' for _ in range(10)) + "]}"
    parameters, schema = '{"max_tokens":1500,"temperature":1.0}', "{}"
    return [
        Completion(
            sha256_of(n), sha256_of(-n), 0, "m", "m-1", parameters, schema, text, "stop", 500, 400, 0, 0.001, f"r{n}"
        )
        for n in range(count)
    ]


def main(count: int) -> None:
    """Print the figures."""
    completions = make(count)
    with tempfile.TemporaryDirectory() as folder:
        with Ledger(Path(folder) / "a") as ledger:
            started = time.perf_counter()
            for one in completions:
                ledger.append(one)
        seconds = time.perf_counter() - started
        print(f"append in groups, synced every 25 ms: {count / seconds:,.0f} records/s")

        waits = []
        with Ledger(Path(folder) / "b") as ledger:
            ledger.prepare([])
            for one in completions[:300]:
                begun = time.perf_counter()
                ledger.note_sent(one.completion_id)
                ledger.append(one)
                waits.append(time.perf_counter() - begun)
                time.sleep(0.002)
        median, worst = statistics.median(waits) * 1e3, sorted(waits)[int(len(waits) * 0.99)] * 1e3
        print(f"what one call takes, noted and appended: median {median:.3f} ms, 99th percentile {worst:.3f} ms")

        started = time.perf_counter()
        opened = Ledger(Path(folder) / "a")
        print(f"reading it back: {len(opened) / (time.perf_counter() - started):,.0f} records/s")

        with (Path(folder) / "c").open("wb") as file:
            started = time.perf_counter()
            for one in completions[:300]:
                file.write(encode(one))
                file.flush()
                os.fsync(file.fileno())
        print(f"for comparison, a sync a record: {300 / (time.perf_counter() - started):,.0f} records/s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40_000)
