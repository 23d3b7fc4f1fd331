"""Seconds and peak memory of the step ``measure``: ``python benchmarks/measures.py [ROWS]``, 50,000 by default.

Rows are of 8 labels, with 10 to 60 words each of 20,000 that are as unequally frequent as those of a language; 2,000
seeds and 2,000 held-out rows stand beside them. Everything is measured that a version has: figures, usefulness, report,
card. What takes pairs is measured on samples, whose sizes are printed. On two cores, with the helper process that
the step starts; its CPU time and its peak memory count. Exits 1 above the limits.
"""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from itertools import accumulate
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import polars as pl

from pedigree.dataset.schemas import read_table, write_table
from pedigree.job import open_job
from pedigree.workspace import Workspace
from tasks.measure import measure
from tests.support.make_finished_job import write_finished_job

CORES, SECONDS, MEBIBYTES = 2, 120, 2_000
NAME, ROWS, PEOPLE = "support-tickets", 50_000, 2_000


def write_texts(labels: list[str], seed: int) -> list[str]:
    """Return a text for each label: Zipf-distributed words, and three of the label's own 400."""
    chance, naming, letters = random.Random(seed), random.Random(0), "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(naming.choices(letters, k=naming.randint(2, 9))) for _ in range(20_000)]
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    own = {label: words[400 * place :][:400] for place, label in enumerate(sorted(set(labels)))}
    return [
        " ".join(chance.choices(words, cum_weights=weights, k=chance.randint(7, 57)) + chance.choices(own[label], k=3))
        for label in labels
    ]


def make(root: Path, rows: int) -> None:
    """Write a workspace with a finished dataset of so many rows."""
    job = write_finished_job(root, rows=rows, model="openai/some-model")
    for seed, split in enumerate(("train", "validation")):
        table = read_table(job.table(split))
        write_table(table.with_columns(text=pl.Series(write_texts(table["label"].to_list(), seed))), job.table(split))
    for seed, path in enumerate((job.recipe.seeds, job.recipe.held_out), start=2):
        labels = list(job.recipe.labels) * (PEOPLE // len(job.recipe.labels))
        lines = zip(write_texts(labels, seed), labels, strict=True)
        text = "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in lines)
        (root / path).write_text(text, encoding="utf-8")


def read_helper() -> tuple[float, float]:
    """Return the CPU seconds of the living child process and its peak memory in MiB; 0 without any (Linux)."""
    ids = " ".join(path.read_text() for path in Path("/proc/self/task").glob("*/children")).split()
    seconds, peak = 0.0, 0.0
    for process in (Path("/proc", one) for one in ids):
        ticks = (process / "stat").read_text().rpartition(")")[2].split()[11:13]
        seconds += sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
        kept = [line.split() for line in (process / "status").read_text().splitlines()]
        peak += next(int(line[1]) for line in kept if line[0] == "VmHWM:") / 1024
    return seconds, peak


def main() -> None:
    """Measure as many rows as the command line says, in a process that does nothing else."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    if "--make" in sys.argv:
        return make(Path(sys.argv[-1]), rows)
    os.sched_setaffinity(0, set(range(CORES)))
    with tempfile.TemporaryDirectory() as passing:
        subprocess.run([sys.executable, __file__, str(rows), "--make", passing], check=True)
        job = open_job(Workspace(Path(passing)), NAME)
        start, used = time.perf_counter(), time.process_time()
        metrics = measure.fn(job)
        seconds, used = time.perf_counter() - start, time.process_time() - used
    helped, peak = read_helper()
    peak += resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    diversity, fidelity, useful = metrics["diversity"], metrics["fidelity"], metrics["usefulness"]
    print(
        f"{metrics['counts']['rows']:,} rows; of these in pairs {diversity['rows']:,}, for Vendi score and self-BLEU "
        f"{diversity['coupled_rows']:,}, beside real rows {fidelity['rows']:,}, "
        f"to train classifiers {useful['synthetic']['train_rows']:,}"
    )
    print(
        f"{seconds:.1f} s on {CORES} cores, {seconds / SECONDS:.2f} of the limit of {SECONDS} s "
        f"(CPU: {used:.1f} s here, {helped:.1f} s in the helper process); "
        f"peak memory {peak:,.0f} MiB, {peak / MEBIBYTES:.2f} of the limit of {MEBIBYTES:,} MiB"
    )
    sys.exit(seconds > SECONDS or peak > MEBIBYTES)


if __name__ == "__main__":
    main()
