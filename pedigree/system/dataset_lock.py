"""Locks that let one process at a time work on something; the operating system releases one if its process dies."""

import fcntl
import logging
import os
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from pedigree.errors import WorkspaceError
from pedigree.workspace import Workspace

log = logging.getLogger("pedigree")


def hold_dataset(workspace: Workspace, dataset: str) -> AbstractContextManager[None]:
    """Hold the lock of a dataset; a second run waits here and logs the process that holds it."""
    return hold_lock(workspace.state / "locks" / f"{dataset}.lock", f"works on {dataset}")


def is_held(workspace: Workspace, dataset: str) -> bool:
    """Return whether a process holds the lock of a dataset."""
    try:
        descriptor = os.open(workspace.state / "locks" / f"{dataset}.lock", os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def hold_lock(path: Path, what: str) -> Generator[None]:
    """Hold a lock file inside the block; a second process waits for it and logs ``what`` the first one does."""
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
            log.info("waiting: another run%s %s", f" (process {holder})" if holder else "", what)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)
