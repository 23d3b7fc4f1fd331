"""Remake: what a dataset's steps give when they are run again, in a folder of its own."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

from pedigree.dataset.output_files import TABLES
from pedigree.dataset.results import Manifest
from pedigree.job import Job
from pedigree.metrics.embedder_choice import copy_recipe_model
from pedigree.workspace import Workspace
from tasks.curate import curate
from tasks.distribution import check_labels
from tasks.measure import measure

MANY_ROWS = 20_000


def copy_job(job: Job, manifest: Manifest, root: Path) -> Job:
    """Return the job in a folder of its own that holds the inputs, the tables and the gates."""
    again = Job(Workspace(root), job.recipe, job.seeds, job.held_out, job.review, job.corpora, job.real)
    folder = job.workspace.relative_path(job.folder)
    for path in [*manifest.inputs, *(f"{folder}/{name}.parquet" for name in TABLES), f"{folder}/gates.json"]:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        if (job.workspace.root / path).is_file():
            shutil.copyfile(job.workspace.root / path, root / path)
    copy_recipe_model(job.workspace, job.recipe, root)
    return again


@contextmanager
def run_beside(step: Callable[[Job], object], job: Job, rows: int) -> Iterator[Callable[[], None]]:
    """Run a step, and yield what waits for its end: with many rows in a process beside this one, else at that moment."""
    if rows <= MANY_ROWS:
        yield lambda: step(job)
        return
    process = get_context("spawn").Process(target=step, args=(job,), daemon=True)
    process.start()

    def finish() -> None:
        process.join()
        if process.exitcode:
            step(job)  # to raise here what it raised there

    try:
        yield finish
    finally:
        process.kill()
        process.join()


def curate_again(job: Job) -> None:
    """Write the tables train, validation and rejects from prompts and completions."""
    curate.fn(job)


def measure_again(job: Job) -> None:
    """Write distribution, metrics, manifest, report and card from the tables and the gates."""
    check_labels.fn(job)
    measure.fn(job)
