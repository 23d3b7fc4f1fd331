"""Seats: a small file of numbers that the processes of one user share, with a row for each that is at work.

Record locks (fcntl) hold it together, since the kernel gives back those of a dead process at once: byte 0 is held while
the numbers are read and written, some microseconds; byte 1 + N for as long as seat N is taken. A process loses all its
record locks on a file when it closes any descriptor of it, so a process has one, and its threads share it. A fork has
none of its parent's locks, and takes seats of its own.
"""

import fcntl
import os
import threading
from array import array
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

FORMAT = 1.0  # the first number of a file; one that says otherwise is written anew
WHOLE = 1 << 20  # bytes, more than any file has
TAKEN = 1.0  # the first number of a row; 0 is an empty seat


@dataclass
class Slots:
    """What a file holds: numbers for all, and a row for each seat that is taken, by its place."""

    shared: list[float]
    rows: dict[int, list[float]]


class SlotFile:
    """The file at a path, opened once in this process; ``shared`` and ``each`` say how many numbers it and a row have."""

    def __init__(self, path: Path, shared: int, each: int):
        self._shared, self._each = shared, each
        self._own: set[int] = set()  # seats of this process, whose locks it could take again
        self._threads = threading.Lock()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    @property
    def is_free(self) -> bool:
        """Return whether this process has no seat here."""
        return not self._own

    def acquire_slot(self, row: list[float]) -> int:
        """Take the first empty seat, with a row of numbers, and return its place."""
        with self.change() as numbers:
            places = (place for place in range(WHOLE) if place not in numbers.rows and place not in self._own)
            place = next(filter(self._lock, places))
            self._own.add(place)
            numbers.rows[place] = row
        return place

    def give_back(self, place: int) -> None:
        """Leave a seat."""
        with self.change() as numbers:
            numbers.rows.pop(place, None)
            self._own.discard(place)
            self._unlock(place)

    @contextmanager
    def change(self) -> Iterator[Slots]:
        """Give the numbers, without those of dead processes, and write them when the block ends; nobody else does so."""
        with self._threads:
            fcntl.lockf(self.descriptor, fcntl.LOCK_EX, 1, 0)
            try:
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
        """Return whether another process holds a seat's lock."""
        if not self._lock(place):
            return True
        self._unlock(place)
        return False

    def _lock(self, place: int) -> bool:
        """Take a seat's lock, where no other process holds it."""
        try:
            fcntl.lockf(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 1 + place)
        except (BlockingIOError, PermissionError):  # POSIX allows either
            return False
        return True

    def _unlock(self, place: int) -> None:
        fcntl.lockf(self.descriptor, fcntl.LOCK_UN, 1, 1 + place)


class _Opened:
    """The seat files that this process has open, one descriptor each."""

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
    """Take a seat in the file at a path, made where it is not there, with a row of numbers.

    Raises OSError where the folder can't be written, or its file system keeps no record locks.
    """
    with _opened.threads:
        file = _opened.files.get(path) or SlotFile(path, shared, len(row))
        try:
            place = file.acquire_slot(row)
        except BaseException:
            if file.is_free:
                _opened.files.pop(path, None)
                os.close(file.descriptor)
            raise
        _opened.files[path] = file
        return file, place


def leave_seat(path: Path, file: SlotFile, place: int) -> None:
    """Give a seat back, and close the file with this process's last one."""
    with _opened.threads:
        if _opened.files.get(path) is not file:
            return  # another process's, which forked into this one
        try:
            file.give_back(place)
        finally:
            if file.is_free:
                del _opened.files[path]
                os.close(file.descriptor)
