"""Something slow that is made once for all workers of a test run, and then only read or copied."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path


def make_once(tmp_path_factory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that ``make`` filled in this or another worker; while one makes it, the others wait."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "once"
    shared.mkdir(exist_ok=True)
    folder, done = shared / name, shared / f"{name}.done"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            done.touch()
    return folder
