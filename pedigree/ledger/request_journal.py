"""Requests in flight: what was sent and not yet answered, so that those that a death cut off can be counted.

Beside each segment of the ledger its writer keeps a journal: ``+ID`` before a request is sent, ``-ID`` when it ended
without a record (it will be tried again). What was sent, ended in neither way and has no record in the segment was in
flight when the writer died: whether it was paid for, nobody here can know. A journal survives the death of its writer,
not a power cut; the operating system takes a dead writer's lock away.
"""

import fcntl
import os
from pathlib import Path


class Journal:
    """The journal of one segment, locked for as long as its writer lives."""

    def __init__(self, segment: Path):
        self._path = segment.with_suffix(".sent")
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        self._open: set[str] = set()

    def note_sent(self, completion_id: str) -> None:
        """Note a request before it is sent."""
        os.write(self._descriptor, f"+{completion_id}\n".encode())
        self._open.add(completion_id)

    def note_unanswered(self, completion_id: str) -> None:
        """Note that a request ended without a record."""
        os.write(self._descriptor, f"-{completion_id}\n".encode())
        self._open.discard(completion_id)

    def note_recorded(self, completion_id: str) -> None:
        """Note that a request ended; its record says so on the disk."""
        self._open.discard(completion_id)

    def close(self) -> None:
        """Close the journal; one that has nothing to tell is removed."""
        if not self._open:
            self._path.unlink(missing_ok=True)
        os.close(self._descriptor)


def is_written(segment: Path) -> bool:
    """Return whether a living process writes a segment."""
    try:
        descriptor = os.open(segment.with_suffix(".sent"), os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def read_unended(segment: Path) -> set[str]:
    """Return the completion_ids that a dead writer of a segment sent and did not note as ended."""
    journal = segment.with_suffix(".sent")
    if not journal.is_file() or is_written(segment):
        return set()
    unended: set[str] = set()
    for line in journal.read_text(encoding="ascii", errors="replace").splitlines():
        (unended.add if line.startswith("+") else unended.discard)(line[1:])
    return {one for one in unended if len(one) == 64}
