"""Locks that let one process at a time work on something; the operating system releases one if its process dies."""

import fcntl
import logging
import os
import shlex
import sys
import time
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from pedigree.errors import WorkspaceError
from pedigree.redaction import mask_secrets
from pedigree.workspace import Workspace

MAX_COMMAND = 200  # characters of a command that are told

log = logging.getLogger("pedigree")
_told: set[Path] = set()  # locks for which this process waits and has said so


def hold_dataset(workspace: Workspace, dataset: str) -> AbstractContextManager[None]:
    """Hold the lock of a dataset; a second run waits here and logs the process that holds it."""
    return hold_lock(_find_lock(workspace, dataset), f"works on {dataset}")


def tell_wait(workspace: Workspace, dataset: str) -> None:
    """Log at once which process holds the lock of a dataset, if one does, before slow parts of a command begin."""
    if is_held(workspace, dataset):
        _tell(_find_lock(workspace, dataset), f"works on {dataset}")


def _find_lock(workspace: Workspace, dataset: str) -> Path:
    return workspace.state / "locks" / f"{dataset}.lock"


def is_held(workspace: Workspace, dataset: str) -> bool:
    """Return whether a process holds the lock of a dataset."""
    try:
        descriptor = os.open(_find_lock(workspace, dataset), os.O_RDWR)
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
            _tell(path, what)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.ftruncate(descriptor, 0)
        _told.discard(path)
        os.pwrite(descriptor, f"{os.getpid()}\n{int(time.time())}\n{_describe_command()}".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _tell(path: Path, what: str) -> None:
    """Log once until the lock is had: the process that holds it, since when, its command, and how to stop either."""
    if path in _told:
        return
    _told.add(path)
    with suppress(OSError, ValueError):
        pid, began, command = path.read_text(encoding="utf-8", errors="replace").split("\n", 2)
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(int(began)))
        log.info(
            "waiting: another run (process %s, since %s: %s) %s. This command goes on when that one ends; Ctrl+C stops "
            "this one, and 'kill -INT %s' the other",
            *(pid, since, command, what, pid),
        )
        return
    log.info("waiting: another run %s. This command goes on when that one ends; Ctrl+C stops this one", what)


def _describe_command() -> str:
    """Return the command of this process, as it was given; the first word is the program's name alone."""
    program, *words = sys.argv or ["python"]
    name = "pedigree" if Path(program).parent.name == "cli" else Path(program).name
    return mask_secrets(shlex.join([name, *words]))[:MAX_COMMAND].replace("\n", " ")
