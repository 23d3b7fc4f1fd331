"""Erasure: completions leave the ledger for good, the one exception to its being append-only."""

from collections.abc import Collection, Iterable
from pathlib import Path

from pedigree.errors import LedgerError
from pedigree.ledger.completion import Completion
from pedigree.ledger.request_journal import is_written
from pedigree.ledger.segments import checks
from pedigree.system.atomic_write import replacing


def find_containing(completions: Iterable[Completion], texts: Collection[str]) -> set[str]:
    """Return the completion_ids of those that say one of the texts, whatever they were asked."""
    return {
        one.completion_id
        for one in completions
        if any(text in said for said in (one.text, one.failure_detail) if said for text in texts)
    }


def erase(folder: Path, completion_ids: Collection[str], texts: Collection[str]) -> int:
    """Remove every record of these completions and every broken line with one of the texts; return how many lines.

    Each segment is rewritten whole or not at all. Raises LedgerError, before anything is changed, where a segment that
    holds some of it is being written.
    """
    needles = [text.encode("utf-8", "surrogatepass") for text in texts]
    rewritten = {}
    for segment in sorted(folder.glob("*.ledger")):
        lines = segment.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if not _is_meant(line, completion_ids, needles)]
        if len(kept) < len(lines):
            rewritten[segment] = kept, len(lines) - len(kept)
    for segment in rewritten:
        if is_written(segment):
            raise LedgerError(f"{segment}: another process is writing it", hint="let it end, then run again")
    for segment, (kept, _) in rewritten.items():
        with replacing(segment) as beside:
            beside.write_bytes(b"".join(kept))
    return sum(gone for _, gone in rewritten.values())


def _is_meant(line: bytes, completion_ids: Collection[str], needles: Collection[bytes]) -> bool:
    if checks(line):
        return line[9:73].decode() in completion_ids
    return any(needle in line for needle in needles) or line[9:73].decode(errors="replace") in completion_ids
