"""Alone: a dataset is worked on by one run at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from prefect import get_client
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectNotFound

from pedigree.system.dataset_lock import hold_dataset
from pedigree.workspace import Workspace

LEASE = 60  # seconds until Prefect gives back what a run held that died; it takes no less


@contextmanager
def hold_exclusively(workspace: Workspace, dataset: str) -> Iterator[None]:
    """Hold a dataset: on this machine by its lock; among all machines by the limit ``dataset-NAME`` of the server, if it has one."""
    workspace.recipe_path(dataset)  # refuses what is no dataset's name, which would be a path elsewhere
    limit = f"dataset-{dataset}"
    with hold_dataset(workspace, dataset), concurrency([limit] if _exists(limit) else [], lease_duration=LEASE):
        yield


def _exists(limit: str) -> bool:
    with get_client(sync_client=True) as client:
        try:
            return bool(client.read_global_concurrency_limit_by_name(limit))
        except ObjectNotFound:
            return False
