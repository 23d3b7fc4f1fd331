"""The file format of the ledger's segments: append-only logs (pedigree/system/append_log.py) of completions.

A segment is UTF-8 text, one record per line:

    pedigree-ledger 1
    <crc32 of the rest of the line, 8 hex digits> <completion_id, 64 hex digits> <+ answer | - failure> <canonical JSON>
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pedigree.errors import LedgerError
from pedigree.ledger.completion import Completion
from pedigree.system.append_log import LogFormat, LogProblem, encode_record

VERSION = 1
NAME = b"pedigree-ledger "
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True)
class RecordLocation:
    """Where a record is (bytes), and whether it records a failure."""

    segment: Path
    offset: int
    length: int
    failed: bool


def _describe_other(header: bytes) -> str:
    version = header.removeprefix(NAME).strip()
    if not header.startswith(NAME) or not version.isdigit():
        return "no ledger segment; move the file out of the ledger's folder"
    return f"format {int(version)}, and this Pedigree reads format {VERSION}; use the one that wrote it, or a newer one"


FORMAT = LogFormat(NAME + b"%d\n" % VERSION, re.compile(rb"[0-9a-f]{64} [+-] \{.*\}", re.DOTALL), _describe_other)


def encode(completion: Completion) -> bytes:
    """Return a completion's record; a null byte or a lone surrogate in the text is kept, escaped."""
    body = _ENCODER.encode(completion.to_record()).encode("ascii")
    return encode_record(b"%s %s %s" % (completion.completion_id.encode(), b"-" if completion.failure else b"+", body))


def decode(line: bytes) -> Completion | None:
    """Return a record's completion, or None where the line is invalid."""
    if not FORMAT.is_valid(line):
        return None
    try:
        return Completion(**json.loads(line[76:]))
    except (ValueError, TypeError):
        return None


def read_id(line: bytes) -> str:
    """Return the completion_id of a record, or the text in its place in a damaged one."""
    return line[9:73].decode(errors="replace")


def scan(segment: Path) -> Iterator[tuple[str, RecordLocation] | LogProblem]:
    """Yield (completion_id, location) of each record of a segment, and each problem, in the file's order."""
    for found in FORMAT.read(segment):
        if isinstance(found, LogProblem):
            yield found
        else:
            location = RecordLocation(segment, found.offset, len(found.line), found.line[74:75] == b"-")
            yield read_id(found.line), location


def load(location: RecordLocation) -> Completion:
    """Return the completion of a record; raise LedgerError if it was damaged since it was found."""
    with location.segment.open("rb") as file:
        file.seek(location.offset)
        completion = decode(file.read(location.length))
    if completion is None:
        raise LedgerError(f"{location.segment}: the record at byte {location.offset} does not check any more")
    return completion
