"""Checks that a run can start, before a server is started and money is spent."""

import importlib

from prefect.context import FlowRunContext
from prefect.settings import PREFECT_API_URL

from flows.preload import resume_garbage_collection, start_run_helper
from pedigree.job import Job, open_job
from pedigree.models.litellm_library import load_litellm
from pedigree.provenance.manifest import hash_inputs
from pedigree.recipe.overrides import Overrides, apply_overrides
from pedigree.versions.growth import note_growth
from pedigree.versions.readiness import check_ready
from pedigree.versions.stored_files import check_stored
from pedigree.workspace import Workspace
from tasks.check import check_job, check_label_evidence, check_suite
from tasks.secret_blocks import load_missing_keys

# Modules of later steps; importing them takes about a second.
IMPORTS = ("sklearn.linear_model", "sklearn.pipeline", "altair", "vl_convert")


def prepare(
    workspace: Workspace, dataset: str, overrides: Overrides, publish_version: bool, push_git: bool, branch: str
) -> Job:
    """Return the job of a run, with its overrides and the version it extends written into the recipe.

    Raises the error that would stop the run and then restores the recipe. The caller holds the lock of the dataset.
    """
    start_run_helper()
    with apply_overrides(workspace, dataset, overrides):
        if publish_version:
            check_ready(workspace.root, dataset, push_git, branch or None)
            note_growth(workspace, dataset)
        job = open_job(workspace, dataset)
        if FlowRunContext.get() or PREFECT_API_URL.value():  # without a server there are no secrets to read
            load_missing_keys(job)
        check_job(job)
        if publish_version:
            check_stored(workspace.root, dataset, [*hash_inputs(job)])
            check_label_evidence(job)
        import_ahead()
        check_suite(job)
    return job


def import_ahead() -> None:
    """Import what later steps need, while the helper process imports its own modules."""
    load_litellm()
    for name in IMPORTS:
        importlib.import_module(name)
    resume_garbage_collection()
