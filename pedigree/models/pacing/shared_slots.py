"""A small file of numbers shared by the processes of one user, with one row (slot) for each running process.

It uses record locks (fcntl), which the kernel releases when a process dies: byte 0 is locked while the numbers are read
and written; byte 1 + N while slot N is taken. A process loses all its record locks on a file when it closes any of its
descriptors, so each process has one, shared by its threads. A fork has no locks of its parent and acquires new slots.
"""

import fcntl
import os
import threading
from array import array
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

FORMAT = 1.0  # the first number of a file; one that says otherwise is written anew
WHOLE = 1 << 20  # bytes, more than any file has
USUAL = 1 << 12  # bytes, more than most files have: a read takes memory for all that it asks for
TAKEN = 1.0  # the first number of a row; 0 is an empty slot


@dataclass
class Slots:
    """What a file holds: the shared numbers, and the row of each taken slot by its place."""

    shared: list[float]
    rows: dict[int, list[float]]


class SlotFile:
    """The file at a path, opened once per process: ``shared`` numbers, then rows of ``each`` numbers."""

    def __init__(self, path: Path, shared: int, each: int):
        self._shared, self._each = shared, each
        self._own: set[int] = set()  # slots of this process, whose locks it could take again
        self._threads = threading.Lock()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    @property
    def is_free(self) -> bool:
        """Return whether this process has no slot here."""
        return not self._own

    def acquire_slot(self, row: list[float]) -> int:
        """Acquire the first free slot with a row of numbers; return its place."""
        with self.change() as numbers:
            places = (place for place in range(WHOLE) if place not in numbers.rows and place not in self._own)
            place = next(filter(self._lock, places))
            self._own.add(place)
            numbers.rows[place] = row
        return place

    def release(self, place: int) -> None:
        """Release a slot."""
        with self.change() as numbers:
            numbers.rows.pop(place, None)
            self._own.discard(place)
            self._unlock(place)

    @contextmanager
    def change(self) -> Generator[Slots]:
        """Give the numbers, without those of dead processes, and write them at the end, under an exclusive lock."""
        with self._threads:
            fcntl.lockf(self.descriptor, fcntl.LOCK_EX, 1, 0)
            try:
                before = os.pread(self.descriptor, USUAL, 0)
                if len(before) == USUAL:
                    before = os.pread(self.descriptor, WHOLE, 0)
                numbers = self._read(before)
                yield numbers
                self._write(numbers, before)
            finally:
                fcntl.lockf(self.descriptor, fcntl.LOCK_UN, 1, 0)

    def _read(self, data: bytes) -> Slots:
        values, each, start = array("d"), self._each + 1, self._shared + 1
        if len(data) % values.itemsize == 0:
            values.frombytes(data)
        if len(values) < start or (len(values) - start) % each or values[0] != FORMAT or not all(map(isfinite, values)):
            return Slots([0.0] * self._shared, {})
        rows = {}
        for place in range((len(values) - start) // each):
            at = start + place * each
            if values[at] == TAKEN and (place in self._own or self._is_held(place)):
                rows[place] = list(values[at + 1 : at + each])
        return Slots(list(values[1:start]), rows)

    def _write(self, numbers: Slots, before: bytes) -> None:
        values, empty = array("d", [FORMAT, *numbers.shared]), [0.0] * (self._each + 1)
        for place in range(max(numbers.rows, default=-1) + 1):
            row = numbers.rows.get(place)
            values.extend(empty if row is None else [TAKEN, *row])
        data = values.tobytes()
        if data != before:
            os.pwrite(self.descriptor, data, 0)
            if len(data) < len(before):
                os.ftruncate(self.descriptor, len(data))

    def _is_held(self, place: int) -> bool:
        """Return whether another process holds a slot's lock."""
        if not self._lock(place):
            return True
        self._unlock(place)
        return False

    def _lock(self, place: int) -> bool:
        """Take a slot's lock, where no other process holds it."""
        try:
            fcntl.lockf(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 1 + place)
        except (BlockingIOError, PermissionError):  # POSIX allows either
            return False
        return True

    def _unlock(self, place: int) -> None:
        fcntl.lockf(self.descriptor, fcntl.LOCK_UN, 1, 1 + place)


class _Opened:
    """The slot files that this process has open, one descriptor each."""

    def __init__(self):
        self.files: dict[Path, SlotFile] = {}
        self.threads = threading.Lock()

    def forget(self) -> None:
        """Close, in a process that was just forked, what its parent had open; that takes nothing from the parent."""
        files, self.files, self.threads = self.files, {}, threading.Lock()
        for file in files.values():
            with suppress(OSError):
                os.close(file.descriptor)


_opened = _Opened()
os.register_at_fork(after_in_child=_opened.forget)


def acquire_slot(path: Path, shared: int, row: list[float]) -> tuple[SlotFile, int]:
    """Acquire a slot with a row of numbers in the file at a path, which is created if missing.

    Raises OSError if the folder can't be written or its file system has no record locks.
    """
    with _opened.threads:
        file = _opened.files.get(path) or SlotFile(path, shared, len(row))
        try:
            place = file.acquire_slot(row)
        except BaseException:  # also an interrupt: a file that this process has no slot in must not stay open
            if file.is_free:
                _opened.files.pop(path, None)
                os.close(file.descriptor)
            raise
        _opened.files[path] = file
        return file, place


def release_slot(path: Path, file: SlotFile, place: int) -> None:
    """Release a slot, and close the file with this process's last one."""
    with _opened.threads:
        if _opened.files.get(path) is not file:
            return  # of the parent process, before a fork
        try:
            file.release(place)
        finally:
            if file.is_free:
                del _opened.files[path]
                os.close(file.descriptor)
