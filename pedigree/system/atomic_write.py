"""Files appear whole: written beside their place, then renamed into it.

Writing in place would change DVC's cached copy of an older version, which may be a hard link to the same file.
"""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pedigree.errors import PublishError, WorkspaceError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path to write to; on success it becomes ``path``, on failure it is removed.

    Raises WorkspaceError where the folder can't be written or the disk is full.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield beside
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise WorkspaceError(
            f"{path}: can't be written: {error.strerror or error}",
            hint="make room or make the folder writable, then run again; the old file is untouched",
        ) from error
    finally:
        with suppress(NotADirectoryError):  # a file stands where a folder should
            beside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Replace a file's content by ``text`` (UTF-8), whole or not at all."""
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="\n")


def check_writable(folder: Path, otherwise: str = "") -> None:
    """Raise PublishError where a folder, or the nearest one above it that is there, can't be written; nothing stays in it."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise PublishError(
            f"{there} can't be written: {error.strerror}",
            expected="a folder of yours",
            hint=f"make it writable, {otherwise}" if otherwise else "make it writable",
        ) from None
