"""Remake: what a dataset's steps give when they are run again, in a folder of its own."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

from pedigree.contents import TABLES
from pedigree.job import Job
from pedigree.results import Manifest
from pedigree.workspace import Workspace
from tasks.distribution import check_labels
from tasks.measure import measure

MANY_ROWS = 20_000


def copy_job(job: Job, manifest: Manifest, root: Path) -> Job:
    """Return the job in a folder of its own that holds the inputs, the tables and the gates."""
    again = Job(Workspace(root), job.recipe, job.seeds, job.held_out)
    folder = job.workspace.read_relative(job.folder)
    for path in [*manifest.inputs, *(f"{folder}/{name}.parquet" for name in TABLES), f"{folder}/gates.json"]:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        if (job.workspace.root / path).is_file():
            shutil.copyfile(job.workspace.root / path, root / path)
    return again


@contextmanager
def measure_beside(job: Job, rows: int) -> Iterator[Callable[[], None]]:
    """Measure a job, and yield what waits for it: of many rows in a process beside this one, of few at that moment."""
    if rows <= MANY_ROWS:
        yield lambda: _measure(job)
        return
    process = get_context("spawn").Process(target=_measure, args=(job,), daemon=True)
    process.start()

    def finish() -> None:
        process.join()
        if process.exitcode:
            _measure(job)  # to raise here what it raised there

    try:
        yield finish
    finally:
        process.kill()
        process.join()


def _measure(job: Job) -> None:
    check_labels.fn(job)
    measure.fn(job)
