"""Runs the free steps of a dataset again in a folder of their own, so that verify can compare the results."""

import json
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from pedigree.dataset.output_files import TABLES
from pedigree.dataset.replica_figures import copy_spread
from pedigree.dataset.results import Manifest, write_result
from pedigree.job import Job
from pedigree.job_outputs import read_rows
from pedigree.labels.evidence import check_labels as find_evidence
from pedigree.labels.precision_gate import make_precision_gate
from pedigree.metrics.llm_diversity.record import copy_record
from pedigree.metrics.screen_embedder import copy_recipe_models
from pedigree.provenance.result_check import LABEL_CHECKS
from pedigree.system.interrupt import block_ctrl_c
from pedigree.workspace import Workspace
from tasks.curate import curate
from tasks.distribution import check_labels
from tasks.measure import measure

MIN_ROWS = 20_000  # up to so many rows, a process of its own costs more time than it saves


def copy_job(job: Job, manifest: Manifest, root: Path) -> Job:
    """Return the job in another folder, with copies of its inputs, tables and gates."""
    again = job.move(Workspace(root))
    folder = job.workspace.relative_path(job.folder)
    for path in [*manifest.inputs, *(f"{folder}/{name}.parquet" for name in TABLES), f"{folder}/gates.json"]:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        if (job.workspace.root / path).is_file():
            shutil.copyfile(job.workspace.root / path, root / path)
    published = _read_metrics(job)
    if spread := published.get("replicas"):
        copy_spread(again.workspace, job.recipe, spread)
    if scored := published.get("llm_diversity"):
        copy_record(again.workspace, job.dataset, scored)
    copy_recipe_models(job.workspace, job.recipe, root)
    return again


def _read_metrics(job: Job) -> dict[str, Any]:
    """Return the dataset's metrics as they are in its folder: of these, what is not made again is taken."""
    try:
        found = json.loads((job.folder / "metrics.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}  # what is wrong with the file is told where it is compared


@contextmanager
def run_in_parallel(step: Callable[[Job], None], job: Job, rows: int) -> Generator[Callable[[], None]]:
    """Run a step in another process, and yield a function that waits for it; for few rows, that function runs it."""
    if rows <= MIN_ROWS:
        yield lambda: step(job)
        return
    process = get_context("spawn").Process(target=step, args=(job,), daemon=True)
    with block_ctrl_c():
        process.start()

    def finish() -> None:
        process.join()
        if process.exitcode:
            step(job)  # raises here what it raised in the other process

    try:
        yield finish
    finally:
        process.kill()
        process.join()


def rebuild_rows(job: Job) -> None:
    """Write the tables train, validation and rejects from prompts and completions."""
    curate.fn(job)


def rebuild_results(job: Job) -> None:
    """Write distribution, metrics, manifest, report and card from the tables and the gates.

    The gates are a copy; what the tables say of the labels is written beside them, to be compared with theirs.
    """
    check_labels.fn(job)
    checks = find_evidence(job, read_rows(job))
    gate = make_precision_gate(checks.evidence, job.recipe.gates, checks.failed_review)
    found = {"gate": [gate], "labels": checks.evidence, "readings": checks.readings, "judges": checks.judges}
    plain = {name: [one.model_dump(mode="json") for one in part] for name, part in found.items()}
    write_result(plain, job.folder / LABEL_CHECKS)
    measure.fn(job)
