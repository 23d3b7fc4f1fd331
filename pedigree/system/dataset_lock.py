"""A lock that lets one run at a time work on a dataset; the operating system releases it if the process dies."""

import fcntl
import logging
import os
from collections.abc import Generator
from contextlib import contextmanager

from pedigree.errors import WorkspaceError
from pedigree.workspace import Workspace

log = logging.getLogger("pedigree")


@contextmanager
def hold_dataset(workspace: Workspace, dataset: str) -> Generator[None]:
    """Hold the lock of a dataset; a second run waits here and logs the process that holds it."""
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
