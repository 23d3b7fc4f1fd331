"""The ledger: every completion that was received, in append-only segments, before anything else looks at it.

One folder for all datasets. Each writer has a segment of its own, so that nobody waits for a lock and a copy of the
folder is a copy of the ledger. Records never change. Of several for one completion_id, the first answer counts; without
an answer, the last failure.
"""

import logging
import os
import secrets
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from pedigree.errors import LedgerError
from pedigree.ledger.completion import Completion
from pedigree.ledger.request_journal import Journal, read_unended
from pedigree.ledger.segments import Place, SegmentFault, decode, encode, header, scan

SYNC_SECONDS = 0.025
MAKE_ROOM = "make room or make the folder writable, then run again: what it holds is not asked for again"
RESERVE = 4 << 20  # bytes kept back for the answers that are in flight when the disk fills up

log = logging.getLogger("pedigree")


class Ledger:
    """Reads every segment of a folder, and appends to one of its own that the first append creates.

    A record survives the death of the process as soon as ``append`` returns, and a power cut 50 ms later. Use it as a
    context manager; appending is safe from several threads. ``troubles`` holds what was passed over while reading,
    ``lost`` the completion_id of each request that was in flight when its run died.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._places: dict[str, Place] = {}
        self.troubles: list[SegmentFault] = []
        self.lost: list[str] = []
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._segment: Path | None = None
        self._prepared = False
        self._descriptor, self._size, self._dirty = -1, 0, False
        self._journal: Journal | None = None
        self._reserve: BinaryIO | None = None
        self._syncer: threading.Thread | None = None
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
        return len(self._places)

    def __iter__(self) -> Iterator[Completion]:
        """Yield every completion that counts, by segment and offset."""
        for completion_id in sorted(
            self._places, key=lambda one: (self._places[one].segment, self._places[one].offset)
        ):
            yield self.get(completion_id)

    @property
    def segments(self) -> int:
        """Return the number of segment files."""
        return sum(1 for _ in self._folder.glob("*.ledger"))

    def holds(self, completion_id: str, *, answered: bool = False) -> bool:
        """Return whether a completion is held; with ``answered``, whether it is an answer and no failure."""
        place = self._places.get(completion_id)
        return place is not None and not (answered and place.failed)

    def get(self, completion_id: str) -> Completion | None:
        """Return a completion, or None; raise LedgerError where its record no longer checks."""
        place = self._places.get(completion_id)
        if place is None:
            return None
        with place.segment.open("rb") as file:
            file.seek(place.offset)
            completion = decode(file.read(place.length))
        if completion is None:
            raise LedgerError(f"{place.segment}: the record at byte {place.offset} does not check any more")
        return completion

    def prepare(self, completion_ids: Iterable[str]) -> None:
        """Make sure that answers can be kept, before these are asked for; say which of them an earlier run was cut off in.

        Raises LedgerError where the folder can't be written, or a segment can't be read that may hold them.
        """
        if self._prepared:
            return
        if unread := [trouble for trouble in self.troubles if trouble.kind == "unread"]:
            raise LedgerError(
                f"{unread[0]}", expected="segments that can be read: what they hold is not asked for again"
            )
        with self._lock, self._translating():
            if self._segment is None:
                self._open_segment()
        self._prepared = True
        if damaged := [trouble for trouble in self.troubles if trouble.kind == "damaged"]:
            records = "1 damaged record is" if len(damaged) == 1 else f"{len(damaged):,} damaged records are"
            log.warning("%s passed over and asked for again; the first: %s", records, damaged[0])
        asked = set(completion_ids)
        if again := sum(one in asked for one in self.lost):
            requests = "1 request was" if again == 1 else f"{again:,} requests were"
            log.info("%s in flight when the last run died: asked for again", requests)

    def note_sent(self, completion_id: str) -> None:
        """Note a request before it is sent; raise LedgerError where its answer could not be kept."""
        with self._lock, self._translating():
            if self._failure is not None:
                raise self._failure
            self._journal.note_sent(completion_id)

    def note_unanswered(self, completion_id: str) -> None:
        """Note that a request ended without anything to keep."""
        with self._lock, self._translating():
            self._journal.note_unanswered(completion_id)

    def append(self, completion: Completion) -> None:
        """Write a completion.

        Raises LedgerError where it can't be written (read-only folder). When the disk is full, it is written into the
        room kept back for that, and the error is raised still: nothing more should be asked for.
        """
        line = encode(completion)
        with self._lock, self._translating():
            if self._segment is None:
                self._open_segment()
            try:
                self._write(line)
            except OSError as error:
                if not self._give_room():
                    raise
                self._failure = error
                self._write(line)
            place = Place(self._segment, self._size, len(line), completion.failure is not None)
            self._size += len(line)
            self._dirty = True
            self._note(completion.completion_id, place)
            self._journal.note_recorded(completion.completion_id)
            if self._failure is not None:
                raise self._failure

    def append_missing(self, completions: Iterable[Completion]) -> int:
        """Append those completions that are not held yet (after a ``dvc pull``) and return how many they were."""
        new = [one for one in completions if not self.holds(one.completion_id)]
        for completion in new:
            self.append(completion)
        return len(new)

    def close(self) -> None:
        """Sync and close; raise LedgerError where the disk refused what was written."""
        self._stop.set()
        if self._segment is None:
            return
        self._syncer.join()
        self._sync()
        self._give_room()
        os.close(self._descriptor)
        self._journal.close()
        self._segment = None
        if self._failure is not None:
            raise LedgerError(
                f"{self._folder}: can't be written: {self._failure.strerror}", hint=MAKE_ROOM
            ) from self._failure

    def _read(self, segment: Path) -> None:
        unended = read_unended(segment)
        for found in scan(segment):
            if isinstance(found, SegmentFault):
                self.troubles.append(found)
            else:
                self._note(*found)
                unended.discard(found[0])
        self.lost += sorted(unended)

    def _note(self, completion_id: str, place: Place) -> None:
        held = self._places.get(completion_id)
        if held is None or held.failed:
            self._places[completion_id] = place

    def _open_segment(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{os.getpid()}-{secrets.token_hex(3)}.ledger"
        segment = self._folder / name
        with ExitStack() as undo:
            # A file without a name: whatever ends the process, its room is free again.
            self._reserve = undo.enter_context(tempfile.TemporaryFile(dir=self._folder, buffering=0))
            lacking = RESERVE
            while lacking:
                lacking -= self._reserve.write(bytes(lacking))
            self._journal = Journal(segment)
            undo.callback(self._journal.close)
            self._descriptor = os.open(segment, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            undo.callback(segment.unlink)
            undo.callback(os.close, self._descriptor)
            self._size = 0
            self._write(header())
            undo.pop_all()
        self._segment, self._size = segment, len(header())
        self._syncer = threading.Thread(target=self._sync_often, name="ledger-sync", daemon=True)
        self._syncer.start()

    def _give_room(self) -> bool:
        """Give the room that was kept back to the disk; return False where that was done before."""
        if self._reserve is None:
            return False
        self._reserve.close()
        self._reserve = None
        return True

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LedgerError(
                f"{self._folder}: can't be written: {error.strerror}",
                hint=MAKE_ROOM,
            ) from error

    def _write(self, line: bytes) -> None:
        """Write a line whole, or take back what of it was written: the next record must start on a line of its own."""
        start, rest = self._size, memoryview(line)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            os.ftruncate(self._descriptor, start)
            raise

    def _sync_often(self) -> None:
        while not self._stop.wait(SYNC_SECONDS):
            self._sync()

    def _sync(self) -> None:
        with self._lock:
            dirty, self._dirty = self._dirty, False
        if dirty:
            try:
                os.fsync(self._descriptor)
            except OSError as error:
                self._failure = error
