"""Prepare: all that can be known before a server is started and money is spent."""

import importlib

from prefect.context import FlowRunContext
from prefect.settings import PREFECT_API_URL

from flows.preload import call_for_run, resume_garbage_collection
from pedigree.job import Job, open_job
from pedigree.models.gateway import load_litellm
from pedigree.recipe.overrides import Overrides, apply_overrides
from pedigree.versions.growth import note_growth
from pedigree.versions.readiness import check_ready
from pedigree.workspace import Workspace
from tasks.check import check_job
from tasks.secret_blocks import load_missing_keys
from tasks.validate import check_suite

# What later steps load, for a second in all.
LATER = ("sklearn.linear_model", "sklearn.pipeline", "altair", "vl_convert")


def prepare(
    workspace: Workspace, dataset: str, overrides: Overrides, publish_version: bool, push_git: bool, branch: str
) -> Job:
    """Return the job of a run that may begin, its overrides and what it grows from written into the recipe.

    Raises the error that would stop the run, with the recipe as it was. The caller holds the dataset.
    """
    call_for_run()
    with apply_overrides(workspace, dataset, overrides):
        if publish_version:
            check_ready(workspace.root, dataset, push_git, branch or None)
            note_growth(workspace, dataset)
        job = open_job(workspace, dataset)
        if FlowRunContext.get() or PREFECT_API_URL.value():  # else there is no server that could know a secret
            load_missing_keys(job)
        check_job(job)
        import_ahead()
        check_suite(job)
    return job


def import_ahead() -> None:
    """Load what later steps need, while the companion loads what it needs."""
    load_litellm()
    for name in LATER:
        importlib.import_module(name)
    resume_garbage_collection()
