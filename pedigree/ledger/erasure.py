"""Erasure of completions from the ledger: the one exception to append-only."""

import json
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from pedigree.errors import LedgerError
from pedigree.ledger.completion import Completion
from pedigree.ledger.request_journal import is_being_written
from pedigree.ledger.segments import FORMAT, read_id
from pedigree.system.atomic_write import replacing


def find_containing(completions: Iterable[Completion], texts: Collection[str]) -> set[str]:
    """Return the completion_ids of completions that contain any of the texts."""
    return {
        one.completion_id for one in completions if any(text in said for said in _list_texts(one) for text in texts)
    }


def _list_texts(completion: Completion) -> Iterator[str]:
    yield from filter(None, (completion.text, completion.failure_detail))
    waiting = [json.loads(completion.other_fields)] if completion.other_fields else []
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            waiting += value.values() if isinstance(value, dict) else value


def erase(folder: Path, completion_ids: Collection[str], texts: Collection[str]) -> int:
    """Remove every record of these completions and every damaged line with one of the texts; return how many lines.

    Each segment is rewritten whole or not at all. Raises LedgerError, before anything is changed, if another process is
    writing a segment that must change.
    """
    needles = [text.encode("utf-8", "surrogatepass") for text in texts]
    rewritten = {}
    for segment in sorted(folder.glob("*.ledger")):
        lines = segment.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if not _matches(line, completion_ids, needles)]
        if len(kept) < len(lines):
            rewritten[segment] = kept, len(lines) - len(kept)
    for segment in rewritten:
        if is_being_written(segment):
            raise LedgerError(f"{segment}: another process is writing it", hint="let it end, then run again")
    for segment, (kept, _) in rewritten.items():
        with replacing(segment) as beside:
            beside.write_bytes(b"".join(kept))
    return sum(removed for _, removed in rewritten.values())


def _matches(line: bytes, completion_ids: Collection[str], needles: Collection[bytes]) -> bool:
    if read_id(line) in completion_ids:
        return True
    return not FORMAT.is_valid(line) and any(needle in line for needle in needles)
