"""Time and memory of curation and gates by size: ``python benchmarks/sizes.py [ROWS ...]``, default 10000 100000.

The answers are those of curation.py. Each size runs in processes of its own. Processor seconds are those of the run and
of its helper processes, which the load of a machine changes less than wall time; the growth exponent is the slope of a
line through their logarithms. Linux only: it reads /proc.
"""

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.curation import make_job, make_tables
from pedigree.job import Job, open_duplicate_checker
from pedigree.system.helper_process import start_helper
from pedigree.workspace import Workspace
from tasks.balance import balance
from tasks.curate import save_rows
from tasks.distribution import check_labels
from tasks.parse import parse
from tasks.screen import screen
from tasks.validate import validate

TICKS = os.sysconf("SC_CLK_TCK")
SIZE = "--size"


def list_processes() -> list[int]:
    """Return this process and all below it."""
    found = [os.getpid()]
    for process in found:
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            found += map(int, children.read_text().split())
    return found


def read_processor_seconds() -> float:
    """Return the processor seconds of this process and all below it so far."""
    stats = [Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split() for process in list_processes()]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / TICKS


def read_peaks() -> list[int]:
    """Return the peak memory (MiB) of this process and of each below it."""
    texts = [Path(f"/proc/{process}/status").read_text() for process in list_processes()]
    return [int(text.split("VmHWM:")[1].split()[0]) // 1024 for text in texts]


def measure(name: str, step: Callable[..., Any], *arguments: Any) -> Any:
    """Run a step and print its wall and processor seconds, and the peak memory of each process so far."""
    start, processor = time.perf_counter(), read_processor_seconds()
    result = step(*arguments)
    seconds, spent = time.perf_counter() - start, read_processor_seconds() - processor
    print(f"  {name:<9} {seconds:>8.1f} s {spent:>8.1f} s of processors, peak MiB {read_peaks()}", flush=True)
    return result


def run_size(rows: int) -> None:
    """Run every step on so many rows; the last line printed has wall and processor seconds of all."""
    root = Path(tempfile.mkdtemp())
    shutil.copytree("expectations", root / "expectations")
    (root / "data" / "speed").mkdir(parents=True)
    job, (prompts, completions) = Job(Workspace(root), make_job(rows, ()).recipe), make_tables(rows, ())
    completions.write_parquet(job.table("completions"))
    start_helper("tasks.expectation_worker:load", "tasks.parse")  # as a run does
    time.sleep(20)  # until it is loaded, as it is after the calls of a run
    start, processor = time.perf_counter(), read_processor_seconds()
    parsed = measure("parse", parse.fn, job, prompts, completions)
    screened = measure("screen", screen.fn, job, parsed.candidates, open_duplicate_checker(job))
    balanced = measure("balance", balance.fn, job, screened.kept)
    rejects = pl.concat([parsed.rejects, screened.rejects])
    del parsed, prompts, completions
    measure("save", save_rows.fn, job, balanced, rejects)
    kept = screened.kept.height
    del screened, balanced, rejects
    gates = measure("gates", lambda: validate.fn(job, check_labels.fn(job)))
    whole = time.perf_counter() - start, read_processor_seconds() - processor
    failed = [gate.name for gate in gates.gates if gate.passed is False]
    print(f"  kept {kept:,}; gates failed: {', '.join(failed) or 'none'}")
    shutil.rmtree(root)
    print(json.dumps(whole))


def main() -> None:
    """Measure each size that the command line names, and print how the time grows."""
    if SIZE in sys.argv:
        run_size(int(sys.argv[-1]))
        return
    sizes = [int(size) for size in sys.argv[1:]] or [10_000, 100_000]
    spent = []
    for rows in sizes:
        print(f"{rows:,} rows", flush=True)
        command = [sys.executable, __file__, SIZE, str(rows)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            lines = []
            for line in process.stdout or ():
                lines.append(line)
                print("" if line.startswith("[") else line, end="", flush=True)
        if process.returncode:
            sys.exit(f"{rows:,} rows: exit status {process.returncode}")
        whole, processor = json.loads(lines[-1])
        print(f"  all       {whole:>8.1f} s {processor:>8.1f} s of processors; {rows / whole:,.0f} rows/s")
        spent.append(processor)
    if len(sizes) > 1:
        slope = np.polyfit([math.log(rows) for rows in sizes], [math.log(seconds) for seconds in spent], 1)[0]
        print(f"growth exponent of processor seconds, {sizes[0]:,} to {sizes[-1]:,} rows: {slope:.2f}")


if __name__ == "__main__":
    main()
