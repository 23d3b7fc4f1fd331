"""The journal of requests in flight: which were sent and not yet answered, to count those that a crash cut off.

The writer of each ledger segment keeps a journal beside it: ``+ID`` before a request is sent, ``-ID`` when it ended
without a record (it will be tried again). A request that was sent, has no ``-ID`` and no record in the segment was in
flight when the writer ended; whether it was paid for is unknown. A last line ``=stopped`` says that the writer closed
the journal itself: the run was stopped and did not die. A journal survives the death of its writer, not a power cut.
The operating system releases a dead writer's lock.
"""

import fcntl
import os
from pathlib import Path

from pedigree.system.append_log import open_new_log

STOPPED = b"=stopped\n"


class RequestJournal:
    """The journal of one segment, locked while its writer lives."""

    def __init__(self, segment: Path):
        self._path = segment.with_suffix(".sent")
        self._descriptor = open_new_log(self._path)
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
        """Note that a request ended with a record; the segment holds that already."""
        self._open.discard(completion_id)

    def close(self) -> None:
        """Close the journal; remove it if no request is open, else note that the run was stopped."""
        if self._open:
            os.write(self._descriptor, STOPPED)
        else:
            self._path.unlink(missing_ok=True)
        os.close(self._descriptor)


def is_being_written(segment: Path) -> bool:
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


def read_unfinished(segment: Path) -> tuple[set[str], bool]:
    """Return the completion_ids that a former writer sent and did not note as ended, and whether it was stopped."""
    journal = segment.with_suffix(".sent")
    if not journal.is_file() or is_being_written(segment):
        return set(), False
    unfinished: set[str] = set()
    text = journal.read_bytes()
    for line in text.decode("ascii", errors="replace").splitlines():
        (unfinished.add if line.startswith("+") else unfinished.discard)(line[1:])
    return {one for one in unfinished if len(one) == 64}, text.endswith(STOPPED)
