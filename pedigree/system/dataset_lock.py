"""One run per dataset at a time: an operating-system lock, which a dead process gives back."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from pedigree.errors import WorkspaceError
from pedigree.workspace import Workspace

log = logging.getLogger("pedigree")


@contextmanager
def hold_dataset(workspace: Workspace, dataset: str) -> Iterator[None]:
    """Hold a dataset from plan to publish; a second run waits here and says for whom."""
    path = workspace.state / "locks" / f"{dataset}.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise WorkspaceError(f"{path}: {error.strerror}", hint="make the folder writable, or free some room") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
            log.info("waiting: another run%s works on %s", f" (process {holder})" if holder else "", dataset)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)
