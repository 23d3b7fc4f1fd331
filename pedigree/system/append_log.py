"""Append-only log files: one record per line, each with its checksum; one writer per file.

A log file is a header line, then records:

    <crc32 of the rest of the line, 8 hex digits> <body>

A last line without its newline is a torn tail: its writer died while writing it. Any other line that fails its checksum
is a damaged record. Both are skipped and reported, and so is a whole file of another format, or one that can't be read.
"""

import os
import re
import secrets
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

CHECKSUM = 9  # bytes before a record's body


@dataclass(frozen=True)
class Record:
    """One whole line of a log file, and its offset in bytes."""

    offset: int
    line: bytes

    @property
    def body(self) -> bytes:
        """Return the line without checksum and newline."""
        return self.line[CHECKSUM:-1]


@dataclass(frozen=True)
class LogProblem:
    """What is wrong with a log file; lines count from 1.

    kind: ``torn`` (harmless), ``damaged`` (a record is lost) or ``unread`` (the whole file is skipped).
    """

    kind: str
    path: Path
    line: int
    detail: str

    @property
    def harmless(self) -> bool:
        """Return whether no complete record is lost."""
        return self.kind == "torn"

    def __str__(self) -> str:
        where = f"{self.path}" if self.kind == "unread" else f"{self.path}, line {self.line}"
        return f"{where}: {self.kind}: {self.detail}"


@dataclass(frozen=True)
class LogFormat:
    """A kind of log file: its header line, a pattern of record bodies, and what to report of another header."""

    header: bytes
    body: re.Pattern[bytes]
    describe_other: Callable[[bytes], str]

    def is_valid(self, line: bytes) -> bool:
        """Return whether a line is a whole record whose checksum is right."""
        return (
            re.fullmatch(rb"[0-9a-f]{8} ", line[:CHECKSUM]) is not None
            and line.endswith(b"\n")
            and self.body.fullmatch(line, CHECKSUM, len(line) - 1) is not None
            and int(line[:8], 16) == zlib.crc32(line[CHECKSUM:])
        )

    def read(self, path: Path) -> Iterator[Record | LogProblem]:
        """Yield every record and every problem of a file, in the file's order."""
        try:
            with path.open("rb") as file:
                first = file.readline(100)
                if not self.header.startswith(first):
                    yield LogProblem("unread", path, 1, self.describe_other(first))
                if first != self.header:
                    return
                offset = len(first)
                for number, line in enumerate(file, start=2):
                    yield Record(offset, line) if self.is_valid(line) else _describe_invalid(path, number, line)
                    offset += len(line)
        except OSError as error:
            yield LogProblem("unread", path, 1, error.strerror or str(error))


def encode_record(body: bytes) -> bytes:
    """Return the line of a record; ``body`` holds no newline."""
    rest = body + b"\n"
    return b"%08x %s" % (zlib.crc32(rest), rest)


def new_log_path(folder: Path, suffix: str) -> Path:
    """Return a path for a new log file; names sort by time and no two writers get the same one."""
    return folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{os.getpid()}-{secrets.token_hex(3)}{suffix}"


def open_new_log(path: Path) -> int:
    """Create a log file and return its descriptor; raise FileExistsError if it exists."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)


def append_line(descriptor: int, line: bytes, *, sync: bool = False) -> None:
    """Write a line, with ``sync`` to the disk; on OSError remove its part, so that the next line starts clean."""
    start, rest = os.fstat(descriptor).st_size, memoryview(line)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        if sync:
            os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, start)
        raise


def _describe_invalid(path: Path, number: int, line: bytes) -> LogProblem:
    if line.endswith(b"\n"):
        return LogProblem("damaged", path, number, f"{len(line)} bytes that do not match their checksum")
    return LogProblem("torn", path, number, f"{len(line)} bytes of a record whose writer died")
