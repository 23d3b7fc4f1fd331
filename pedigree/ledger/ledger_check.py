"""Checks the records of a ledger: each by itself, and those of a dataset against its table of completions."""

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import polars as pl

from pedigree.errors import LinkError
from pedigree.ledger.completion import LEDGER_ONLY, Completion, from_frame
from pedigree.ledger.segments import FORMAT, decode, read_id
from pedigree.system.append_log import LogProblem

RESTORE = (
    "restore the segment from a copy; or 'pedigree ledger export FILE', move the segment out of the ledger's folder, "
    "and 'pedigree ledger import FILE': that keeps all whole records"
)

UNNAMED = "an endpoint that names no response_id may also have answered twice, here and where the table comes from"


def check_ledger(folder: Path, completions: pl.DataFrame) -> str:
    """Return what the ledger in ``folder`` says of a table of completions, and what of it can't be checked.

    Raises LinkError for a record whose checksum does not match, that contradicts itself, or that is not what the table
    says. Another answer of the provider (with another ``response_id``) to the same prompt is no contradiction.
    """
    segments = sorted(folder.glob("*.ledger"))
    if not segments:
        return "there is no ledger here: its records are not checked"
    table = {one.completion_id: one for one in from_frame(completions)}
    same, differing, further = set(), {}, 0
    for where, record in _read_records(segments):
        said = table.get(record.completion_id)
        further += said is None
        if said == replace(record, **dict.fromkeys(LEDGER_ONLY)):
            same.add(record.completion_id)
        elif said is not None:
            differing[record.completion_id] = where, record
    others = 0
    for id, (where, record) in differing.items():
        if id not in same:
            others += _is_other_answer(where, record, table[id])
    return _word(len(same), len(table), others, further)


def _read_records(segments: list[Path]) -> Iterator[tuple[str, Completion]]:
    """Yield each record with its place. A torn tail is passed over: its writer died, and no answer was returned."""
    for segment in segments:
        for number, found in enumerate(FORMAT.read(segment), start=2):
            if isinstance(found, LogProblem):
                if not found.harmless:
                    raise LinkError(f"ledger: {found}", expected="records that match their checksums", hint=RESTORE)
                continue
            where, record = f"{segment}, line {number}", decode(found.line)
            if record is None:
                raise LinkError(f"ledger: {where}: no completion", hint=RESTORE)
            if (read_id(found.line), found.line[74:75] == b"-") != (record.completion_id, record.failure is not None):
                raise LinkError(
                    f"ledger: {where}: the record of {record.completion_id} stands as {found.line[9:75].decode()}",
                    expected="the id of its completion, and + for an answer or - for a failure",
                    hint=RESTORE,
                )
            yield where, record


def _is_other_answer(where: str, record: Completion, said: Completion) -> bool:
    """Return True for another answer to the same prompt; raise LinkError for a record with other values."""
    if record.response_id != said.response_id:
        return True
    names = [one.name for one in fields(Completion) if one.name not in LEDGER_ONLY]
    name = next(name for name in names if getattr(record, name) != getattr(said, name))
    found, expected = (repr(getattr(one, name))[:200] for one in (record, said))
    raise LinkError(
        f"ledger: {where}: completion {record.completion_id}: {name} is {found}",
        expected=f"{expected}, as completions.parquet says",
        hint=RESTORE if record.response_id else f"{RESTORE}; {UNNAMED}",
    )


def _word(same: int, all_completions: int, others: int, further: int) -> str:
    parts = [f"{same:,} of {all_completions:,} completions stand in the ledger as in completions.parquet"]
    if others:
        parts.append(f"of {others:,} it holds another answer, with another response_id: a run would use that")
    if further:
        parts.append(f"{further:,} further records are of no completion of this dataset: their checksums match")
    return "; ".join(parts) + (", what they say is not checked" if further else "")
