"""Atomic writes: a file is written under a temporary name, then renamed.

Writing in place could change DVC's cached copy of an older version, which may be a hard link to the same file.
"""

import os
import secrets
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from pedigree.errors import PublishError, WorkspaceError


@contextmanager
def replacing(path: Path) -> Generator[Path]:
    """Yield a temporary path; on success it replaces ``path``, on failure it is removed.

    Raises WorkspaceError if the folder cannot be written or the disk is full.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise WorkspaceError(
            f"{path}: can't be written: {error.strerror or error}",
            hint="make room or make the folder writable, then run again; the old file is untouched",
        ) from error
    finally:
        with suppress(NotADirectoryError):  # a file is in the place of a folder
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Replace a file's content by ``text`` (UTF-8) atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def check_writable(folder: Path, alternative: str = "") -> None:
    """Raise PublishError if a folder (or its nearest existing parent) cannot be written; nothing is left in it."""
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise PublishError(
            f"{existing} can't be written: {error.strerror}",
            expected="a folder of yours",
            hint=f"make it writable, {alternative}" if alternative else "make it writable",
        ) from None
