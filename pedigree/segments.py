"""The ledger's segments: how a record stands in a file, and what is wrong where it does not.

A segment is UTF-8 text, a record a line:

    pedigree-ledger 1
    <crc32 of what follows, 8 hex digits> <completion_id, 64 hex digits> <+ answer | - failure> <canonical JSON>

A last line without its end is a torn tail: its writer died in the middle. Any other line that does not check is a
damaged record. Both are passed over and reported; the records around them are read.
"""

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from pedigree.completions import Completion
from pedigree.errors import LedgerError

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
class Trouble:
    """What is wrong with a segment and where: kind ``torn`` (harmless) or ``damaged``; lines count from 1."""

    kind: str
    segment: Path
    line: int
    detail: str

    def __str__(self) -> str:
        return f"{self.segment}, line {self.line}: {self.kind}: {self.detail}"


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


def scan(segment: Path) -> Iterator[tuple[str, Place] | Trouble]:
    """Yield (completion_id, place) of each record of a segment, and each trouble, in the file's order.

    Raises LedgerError where the segment is of a newer format, is no segment, or can't be read.
    """
    try:
        with segment.open("rb") as file:
            first = file.readline(100)
            if not _check_header(first, segment):
                return
            offset = len(first)
            for number, line in enumerate(file, start=2):
                if checks(line):
                    yield line[9:73].decode(), Place(segment, offset, len(line), line[74:75] == b"-")
                elif line.endswith(b"\n"):
                    yield Trouble("damaged", segment, number, f"{len(line)} bytes that do not match their checksum")
                else:
                    yield Trouble("torn", segment, number, f"{len(line)} bytes of a record whose writer died")
                offset += len(line)
    except OSError as error:
        raise LedgerError(f"{segment}: can't be read: {error.strerror}") from None


def _check_header(first: bytes, segment: Path) -> bool:
    """Return False for a segment whose writer died before its first line was whole."""
    if header().startswith(first) and not first.endswith(b"\n"):
        return False
    version = first.removeprefix(HEADER).strip()
    if not first.startswith(HEADER) or not version.isdigit():
        raise LedgerError(f"{segment}: no ledger segment", mend="move the file out of the ledger's folder")
    if int(version) != FORMAT:
        raise LedgerError(
            f"{segment}: format {int(version)}",
            expected=f"format {FORMAT}",
            mend="use the Pedigree that wrote it, or a newer one",
        )
    return True
