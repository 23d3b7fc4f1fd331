"""Seconds, processor time and peak memory of ``pedigree verify``: ``python benchmarks/verify.py [ROWS] [FOLDER]``.

Makes and publishes a dataset of the offline model first (100,000 rows: some minutes), unless FOLDER holds it already.
Verifies it on two cores, as it lies there and as a version.
"""

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from pedigree.recipe.yaml_file import set_keys
from tests.support.make_published import NAME, publish_again
from tests.support.repository import Household, settle

CORES = 2


def make(root: Path, rows: int) -> None:
    """Publish a version of so many rows."""
    house = settle(root)
    budget = {f"budget.{name}": None for name in ("usd", "calls", "tokens")}
    set_keys(root / f"recipes/{NAME}.yaml", {"rows": rows, **budget})
    house.git("commit", "-qam", "many rows")
    publish_again(house)


def measure(root: Path, *arguments: str) -> None:
    """Run the command and print what it took."""
    start, before = time.perf_counter(), read_processor()
    done = Household(root).run("pedigree", "verify", NAME, *arguments, check=False)
    seconds, processor = time.perf_counter() - start, read_processor() - before
    print(done.stdout + done.stderr)
    print(f"verify {' '.join(arguments):<14} {seconds:.1f} s on {CORES} cores, {processor:.1f} s of processor time\n")


def read_processor() -> float:
    """Return the processor time that ended processes have taken, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure as the command line says, default 100,000 rows in a folder that is removed afterwards."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as passing:
        root = Path(sys.argv[2] if len(sys.argv) > 2 else passing) / "work"
        if not root.exists():
            make(root, rows)
        os.sched_setaffinity(0, set(range(CORES)))
        measure(root)
        measure(root, "--rev", "latest")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak memory of a process {peak:,.0f} MiB")


if __name__ == "__main__":
    main()
