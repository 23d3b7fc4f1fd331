"""The ledger: every completion received, stored in append-only segments before it is used.

One folder for all datasets. Each writer has its own segment, so no writer waits for a lock and a copy of the folder is
a copy of the ledger. Records never change. If a completion_id has several records, the first answer counts; without an
answer, the last failure.
"""

import logging
import os
import tempfile
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from pedigree.errors import LedgerError
from pedigree.ledger.completion import Completion
from pedigree.ledger.request_journal import RequestJournal, read_unfinished
from pedigree.ledger.segments import FORMAT, RecordLocation, encode, load, scan
from pedigree.system.append_log import LogProblem, append_line, new_log_path, open_new_log

SYNC_SECONDS = 0.025
MAKE_ROOM = "make room or make the folder writable, then run again: what it holds is not asked for again"
RESERVE = 4 << 20  # bytes reserved for the answers in flight when the disk fills up

log = logging.getLogger("pedigree")


@dataclass
class _Segment:
    """The segment that a ledger appends to; ``size`` in bytes."""

    path: Path
    descriptor: int
    journal: RequestJournal
    syncer: threading.Thread
    size: int = len(FORMAT.header)
    dirty: bool = False


class Ledger:
    """Reads every segment of a folder, and appends to its own segment, which the first append creates.

    A record survives the death of the process when ``append`` returns, and a power cut 50 ms later. Use it as a context
    manager; appending is safe from several threads. ``problems`` lists what was skipped while reading, ``lost`` the
    completion_id of each request that was in flight when its run was stopped or died.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._locations: dict[str, RecordLocation] = {}
        self.problems: list[LogProblem] = []
        self.lost: list[str] = []
        self._stopped: set[str] = set()  # of these, those whose run was stopped
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._segment: _Segment | None = None
        self._prepared = False
        self._reserve: BinaryIO | None = None
        self._failure: OSError | None = None
        for segment in sorted(folder.glob("*.ledger")):
            self._read(segment)

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._locations)

    def __iter__(self) -> Iterator[Completion]:
        """Yield every completion that counts, by segment and offset."""
        for location in sorted(self._locations.values(), key=lambda one: (one.segment, one.offset)):
            yield load(location)

    @property
    def segments(self) -> int:
        """Return the number of segment files."""
        return sum(1 for _ in self._folder.glob("*.ledger"))

    def holds(self, completion_id: str, *, answered: bool = False) -> bool:
        """Return whether a completion is stored; with ``answered``, whether it is an answer, not a failure."""
        location = self._locations.get(completion_id)
        return location is not None and not (answered and location.failed)

    def get(self, completion_id: str) -> Completion | None:
        """Return a completion, or None; raise LedgerError if its record is damaged since it was read."""
        location = self._locations.get(completion_id)
        return None if location is None else load(location)

    def prepare(self, completion_ids: Iterable[str]) -> None:
        """Make sure that answers can be stored before these are requested; log which were in flight before.

        Raises LedgerError if the folder can't be written, or a segment that may hold them can't be read.
        """
        if self._prepared:
            return
        if unread := [problem for problem in self.problems if problem.kind == "unread"]:
            raise LedgerError(
                f"{unread[0]}", expected="segments that can be read: what they hold is not asked for again"
            )
        with self._lock, self._translating():
            self._open()
        self._prepared = True
        if damaged := [problem for problem in self.problems if problem.kind == "damaged"]:
            records = "1 damaged record is" if len(damaged) == 1 else f"{len(damaged):,} damaged records are"
            log.warning("%s passed over and asked for again; the first: %s", records, damaged[0])
        again = set(completion_ids).intersection(self.lost)
        for ids, ended in ((again & self._stopped, "was stopped"), (again - self._stopped, "died")):
            if ids:
                requests = "1 request was" if len(ids) == 1 else f"{len(ids):,} requests were"
                log.info("%s in flight when the last run %s: asked for again", requests, ended)

    def note_sent(self, completion_id: str) -> None:
        """Note a request before it is sent; raise LedgerError if its answer could not be stored."""
        with self._lock, self._translating():
            if self._failure is not None:
                raise self._failure
            self._open().journal.note_sent(completion_id)

    def note_unanswered(self, completion_id: str) -> None:
        """Note that a request ended without anything to store."""
        with self._lock, self._translating():
            self._open().journal.note_unanswered(completion_id)

    def append(self, completion: Completion) -> None:
        """Write a completion.

        Raises LedgerError if it can't be written (read-only folder). If the disk is full, it is written into the
        reserved room and the error is raised nevertheless: no further request should be sent.
        """
        line = encode(completion)
        with self._lock, self._translating():
            segment = self._open()
            try:
                append_line(segment.descriptor, line)
            except OSError as error:
                if not self._give_room():
                    raise
                self._failure = error
                append_line(segment.descriptor, line)
            location = RecordLocation(segment.path, segment.size, len(line), completion.failure is not None)
            segment.size += len(line)
            segment.dirty = True
            self._note(completion.completion_id, location)
            segment.journal.note_recorded(completion.completion_id)
            if self._failure is not None:
                raise self._failure

    def append_missing(self, completions: Iterable[Completion]) -> int:
        """Append the completions that are not stored yet (after a ``dvc pull``) and return their number."""
        new = [one for one in completions if not self.holds(one.completion_id)]
        for completion in new:
            self.append(completion)
        return len(new)

    def close(self) -> None:
        """Sync and close; raise LedgerError if the disk refused what was written."""
        self._stop.set()
        if (segment := self._segment) is None:
            return
        segment.syncer.join()
        self._sync(segment)
        self._give_room()
        os.close(segment.descriptor)
        segment.journal.close()
        self._segment = None
        if self._failure is not None:
            raise self._describe(self._failure) from self._failure

    def _read(self, segment: Path) -> None:
        unfinished, stopped = read_unfinished(segment)
        for found in scan(segment):
            if isinstance(found, LogProblem):
                self.problems.append(found)
            else:
                self._note(*found)
                unfinished.discard(found[0])
        self.lost += sorted(unfinished)
        self._stopped |= unfinished if stopped else set()

    def _note(self, completion_id: str, location: RecordLocation) -> None:
        held = self._locations.get(completion_id)
        if held is None or held.failed:
            self._locations[completion_id] = location

    def _open(self) -> _Segment:
        """Return the segment to append to; create it at the first call."""
        if self._segment is not None:
            return self._segment
        self._folder.mkdir(parents=True, exist_ok=True)
        path = new_log_path(self._folder, ".ledger")
        with ExitStack() as undo:
            # A file without a name: its room is free again however the process ends.
            self._reserve = undo.enter_context(tempfile.TemporaryFile(dir=self._folder, buffering=0))
            lacking = RESERVE
            while lacking:
                lacking -= self._reserve.write(bytes(lacking))
            journal = RequestJournal(path)
            undo.callback(journal.close)
            descriptor = open_new_log(path)
            undo.callback(path.unlink)
            undo.callback(os.close, descriptor)
            append_line(descriptor, FORMAT.header)
            undo.pop_all()
        syncer = threading.Thread(target=self._sync_often, name="ledger-sync", daemon=True)
        self._segment = _Segment(path, descriptor, journal, syncer)
        syncer.start()
        return self._segment

    def _give_room(self) -> bool:
        """Release the reserved room; return False if that was done before."""
        if self._reserve is None:
            return False
        self._reserve.close()
        self._reserve = None
        return True

    @contextmanager
    def _translating(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise self._describe(error) from error

    def _describe(self, error: OSError) -> LedgerError:
        return LedgerError(f"{self._folder}: can't be written: {error.strerror}", hint=MAKE_ROOM)

    def _sync_often(self) -> None:
        while not self._stop.wait(SYNC_SECONDS):
            if self._segment is not None:
                self._sync(self._segment)

    def _sync(self, segment: _Segment) -> None:
        with self._lock:
            dirty, segment.dirty = segment.dirty, False
        if dirty:
            try:
                os.fsync(segment.descriptor)
            except OSError as error:
                self._failure = error
