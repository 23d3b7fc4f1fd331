"""The ledger's segments: how a record stands in a file, and what is wrong where it does not.

A segment is UTF-8 text, a record a line:

    pedigree-ledger 1
    <crc32 of what follows, 8 hex digits> <completion_id, 64 hex digits> <+ answer | - failure> <canonical JSON>

A last line without its end is a torn tail: its writer died in the middle. Any other line that does not check is a
damaged record. Both are passed over and reported; the records around them are read. So is a whole file that is of
another format, or that can't be read.
"""

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from pedigree.ledger.completion import Completion

FORMAT = 1
HEADER = b"pedigree-ledger "
_LINE = re.compile(rb"[0-9a-f]{8} [0-9a-f]{64} [+-] \{.*\}\n", re.DOTALL)


@dataclass(frozen=True)
class Place:
    """Where a record stands (bytes), and whether it is a failure."""

    segment: Path
    offset: int
    length: int
    failed: bool


@dataclass(frozen=True)
class SegmentFault:
    """What is wrong with a segment and where; lines count from 1.

    kind: ``torn`` (harmless), ``damaged`` (a record is lost) or ``unread`` (the whole segment is passed over).
    """

    kind: str
    segment: Path
    line: int
    detail: str

    @property
    def harmless(self) -> bool:
        """Return whether nothing that was kept is missing."""
        return self.kind == "torn"

    def __str__(self) -> str:
        where = f"{self.segment}" if self.kind == "unread" else f"{self.segment}, line {self.line}"
        return f"{where}: {self.kind}: {self.detail}"


def header() -> bytes:
    """Return the first line of a segment."""
    return HEADER + b"%d\n" % FORMAT


def encode(completion: Completion) -> bytes:
    """Return a completion's record; a null byte or a lone surrogate in the text is kept, escaped."""
    body = json.dumps(asdict(completion), sort_keys=True, separators=(",", ":")).encode("ascii")
    checked = b"%s %s %s\n" % (completion.completion_id.encode(), b"-" if completion.failure else b"+", body)
    return b"%08x %s" % (zlib.crc32(checked), checked)


def decode(line: bytes) -> Completion | None:
    """Return a record's completion, or None where the line does not check."""
    if not checks(line):
        return None
    try:
        return Completion(**json.loads(line[76:]))
    except (ValueError, TypeError):
        return None


def checks(line: bytes) -> bool:
    """Return whether a line is a whole record that says what it said when it was written."""
    return _LINE.fullmatch(line) is not None and int(line[:8], 16) == zlib.crc32(line[9:])


def scan(segment: Path) -> Iterator[tuple[str, Place] | SegmentFault]:
    """Yield (completion_id, place) of each record of a segment, and each trouble, in the file's order."""
    try:
        with segment.open("rb") as file:
            first = file.readline(100)
            if trouble := _find_foreign(first):
                yield SegmentFault("unread", segment, 1, trouble)
            if first != header():
                return
            offset = len(first)
            for number, line in enumerate(file, start=2):
                if checks(line):
                    yield line[9:73].decode(), Place(segment, offset, len(line), line[74:75] == b"-")
                elif line.endswith(b"\n"):
                    yield SegmentFault(
                        "damaged", segment, number, f"{len(line)} bytes that do not match their checksum"
                    )
                else:
                    yield SegmentFault("torn", segment, number, f"{len(line)} bytes of a record whose writer died")
                offset += len(line)
    except OSError as error:
        yield SegmentFault("unread", segment, 1, error.strerror)


def _find_foreign(first: bytes) -> str | None:
    """Return what is wrong with a first line; None for a segment of this format, or whose writer died before it was whole."""
    if header().startswith(first):
        return None
    version = first.removeprefix(HEADER).strip()
    if not first.startswith(HEADER) or not version.isdigit():
        return "no ledger segment; move the file out of the ledger's folder"
    return f"format {int(version)}, and this Pedigree reads format {FORMAT}; use the one that wrote it, or a newer one"
