"""A finished job that was measured once for all workers, and the pages about it, written anew from its metrics."""

import json
from pathlib import Path
from shutil import copytree
from typing import Any

from pedigree.dataset.results import write_result
from pedigree.job import Job, open_job
from pedigree.job_outputs import read_job_outputs
from pedigree.provenance.manifest import build_manifest
from pedigree.report.card import write_card
from pedigree.report.report_page import write_report
from pedigree.workspace import Workspace
from tasks.measure import measure
from tests.support.make_finished_job import write_finished_job
from tests.support.once import make_once

ROWS = 120


def copy_measured_job(tmp_path_factory, root: Path) -> tuple[Job, dict[str, Any]]:
    """Return a finished job of 120 rows in a folder of its own, to change, and its metrics."""
    made = make_once(tmp_path_factory, "measured", lambda folder: measure.fn(write_finished_job(folder / "w", ROWS)))
    [recipe] = Workspace(copytree(made / "w", root)).root.glob("recipes/*.yaml")
    job = open_job(Workspace(root), recipe.stem)
    return job, json.loads((job.folder / "metrics.json").read_text(encoding="utf-8"))


def write_pages(job: Job, metrics: dict[str, Any]) -> None:
    """Write manifest, report and card of a job whose files or recipe were changed, without measuring it again."""
    contents = read_job_outputs(job)
    manifest = build_manifest(job, contents)
    write_result(manifest, job.folder / "manifest.json")
    write_report(job, contents, metrics, manifest)
    write_card(job, contents, metrics, manifest)
