"""Tells the Prefect server of runs whose process died: a killed process says nothing, and its run would stay Running.

While a run works on a dataset, a file beside the dataset's lock holds its id. Whoever holds the lock and finds the file
knows that the run of that id is over.
"""

import logging
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run
from prefect.states import Crashed

from pedigree.errors import ServerLost
from pedigree.system.atomic_write import write_text
from pedigree.system.dataset_lock import is_held
from pedigree.workspace import Workspace

MESSAGE = "the process of this run ended without a word; everything received is kept, and a new run goes on from there"

log = logging.getLogger("pedigree")


@contextmanager
def note_run(workspace: Workspace, dataset: str) -> Generator[None]:
    """Note which run works on a dataset, after telling of one that died at it. The caller holds the dataset's lock."""
    path = _find_note(workspace, dataset)
    _tell(path)
    runs = dict.fromkeys(str(one) for one in (flow_run.id, flow_run.root_flow_run_id) if one)
    write_text(path, "\n".join(runs))
    lost = False
    try:
        yield
    except ServerLost:  # the server does not hear that this run ended: the next one tells it
        lost = True
        raise
    finally:
        if not lost:
            path.unlink(missing_ok=True)


def tell_dead_runs(workspace: Workspace) -> None:
    """Tell the server of each run that died at a dataset that nobody works on now."""
    for path in sorted(_find_note(workspace, "x").parent.glob("*.run")):
        if not is_held(workspace, path.stem):
            _tell(path)


def _find_note(workspace: Workspace, dataset: str) -> Path:
    return workspace.state / "locks" / f"{dataset}.run"


def _tell(path: Path) -> None:
    """Set the runs of a note to Crashed where they have not ended, and remove it; no failure of the server matters."""
    try:
        runs = path.read_text(encoding="utf-8").split()
        with get_client(sync_client=True) as client:
            for run in runs:
                _set_crashed(client, run)
        path.unlink(missing_ok=True)
    except FileNotFoundError:
        return
    except Exception as error:
        log.warning("can't tell the Prefect server of a run that died: %s", str(error) or type(error).__name__)


def _set_crashed(client: SyncPrefectClient, run: str) -> None:
    with suppress(ObjectNotFound):  # it was a run of another server
        found = client.read_flow_run(UUID(run))
        if found.state is None or not found.state.is_final():
            client.set_flow_run_state(run, Crashed(message=MESSAGE), force=True)
            log.info("the run %s had died: set to Crashed", found.name)
