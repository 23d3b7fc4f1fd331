"""Mutual exclusion: one run at a time works on a dataset."""

from collections.abc import Generator
from contextlib import contextmanager

from prefect import get_client
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectNotFound

from flows.dead_runs import note_run
from pedigree.system.dataset_lock import hold_dataset
from pedigree.workspace import Workspace

LEASE = 60  # seconds until Prefect releases the limit of a dead run; its minimum


@contextmanager
def hold_exclusively(workspace: Workspace, dataset: str) -> Generator[None]:
    """Lock a dataset on this machine by its lock file, and across machines by the server's limit ``dataset-NAME``.

    The limit is used only if the server has one of this name.
    """
    workspace.recipe_path(dataset)  # raises for an invalid name, which could be a path elsewhere
    limit = f"dataset-{dataset}"
    with (
        hold_dataset(workspace, dataset),
        note_run(workspace, dataset),
        concurrency([limit] if _exists(limit) else [], lease_duration=LEASE),
    ):
        yield


def _exists(limit: str) -> bool:
    with get_client(sync_client=True) as client:
        try:
            return bool(client.read_global_concurrency_limit_by_name(limit))
        except ObjectNotFound:
            return False
