"""Withdrawal: the row that somebody takes back, how it is named, what it is looked for by, and how it leaves its file."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from pedigree.dataset.examples import Example, load_examples, read_records
from pedigree.errors import CommandError, RecipeError
from pedigree.job import Job
from pedigree.system.atomic_write import replacing

MIN_CHARS = 16  # a shorter text says nothing about where it comes from


@dataclass(frozen=True)
class Row:
    """A seed, held-out or real row, or a document, to forget.

    ``places`` are the files that hold it, by path, and its lines there (from 1): none where it has left them.
    """

    id: str
    example: Example | None = None
    places: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def path(self) -> str | None:
        """Return the first of its files; None where no file holds it any more."""
        return next(iter(self.places), None)

    @property
    def lines(self) -> tuple[int, ...]:
        """Return its lines in that file."""
        return self.places[self.path] if self.path else ()

    @property
    def texts(self) -> list[str]:
        """Return the row's texts as they may stand in a file: plain, or escaped as JSON, once or twice."""
        values = [value for value in (self.example.fields if self.example else {}).values() if isinstance(value, str)]
        forms = set()
        for value in (value.strip() for value in values if len(value.strip()) >= MIN_CHARS):
            for ascii_only in (True, False):
                once = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
                forms |= {value, once, json.dumps(once, ensure_ascii=ascii_only)[1:-1]}
        return sorted(forms)


def find_row(job: Job, id_prefix: str | None, text: str | None, shown: Collection[str] = ()) -> Row:
    """Return the one row that is meant, by the beginning of its id or by a text in it.

    ``shown``: the ids of rows that earlier prompts showed; one may have left its file. Raises CommandError where no row,
    or more than one, is meant.
    """
    rows = _list_rows(job)
    if text is not None:
        wanted = _fold(text)
        found = [row for row in rows.values() if any(wanted in _fold(str(v)) for v in row.example.fields.values())]
        said = f"the text {text!r}"
    elif id_prefix is None or not re.fullmatch(r"[0-9a-f]{4,64}", id_prefix):
        raise CommandError(
            f"{id_prefix!r} is no row's id" if id_prefix else "no row is named",
            expected="the first 4 or more digits of a seed row's id, or --text with words of it",
        )
    else:
        known = {id: rows.get(id, Row(id)) for id in sorted({*rows, *shown})}
        found = [row for id, row in known.items() if id.startswith(id_prefix)]
        said = f"the id {id_prefix}"
    if len(found) == 1:
        return found[0]
    if not found:
        raise CommandError(f"{job.dataset} has no seed, held-out or real row of {said}", hint="look into their files")
    listed = "\n".join(
        f"    {row.id[:12]} {json.dumps(row.example.fields if row.example else {})[:80]}" for row in found[:9]
    )
    raise CommandError(f"{len(found)} rows of {job.dataset} are of {said}", hint=f"name one by its id:\n{listed}")


def _list_rows(job: Job) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    recipe, seeds = job.recipe, job.seeds if job.recipe.seeds else ()
    files = ((recipe.seeds, seeds), (recipe.held_out, job.held_out), (recipe.real, job.real), *job.corpora.items())
    for path, examples in files:
        for one in examples:
            places = rows[one.id].places if one.id in rows else {}
            lines = dict.fromkeys((*places.get(path, ()), one.line))
            rows[one.id] = Row(one.id, one, {**places, path: tuple(lines)})
    return rows


def is_held(row: Row, job: Job, name: str, data: bytes) -> bool:
    """Return whether the bytes of an earlier seed or held-out file of that name hold a row."""
    with TemporaryDirectory(prefix="pedigree-") as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        try:
            return any(example.id == row.id for example in load_examples(path, job.recipe))
        except RecipeError:  # of other labels or fields than today's
            return any(text.encode("utf-8", "surrogatepass") in data for text in row.texts)


def find_derived(prompts: pl.DataFrame, seed_id: str) -> set[str]:
    """Return the completion_ids of prompts that showed a row, and of those that were made from their answers."""
    derived = set(prompts.filter(pl.col("seed_row_ids").list.contains(seed_id))["completion_id"])
    while True:
        more = prompts.filter(pl.col("parents").list.eval(pl.element().is_in(list(derived))).list.any())
        if derived.issuperset(more["completion_id"]):
            return derived
        derived.update(more["completion_id"])


def drop_rows(path: Path, lines: Collection[int]) -> None:
    """Remove the records that begin on these lines (of a JSON array: these elements), whole or not at all.

    What stays is not touched, but for a JSON array, which is written anew.
    """
    if path.suffix == ".json":
        records = [record for line, record in read_records(path) if line not in lines]
        kept = (json.dumps(records, indent=2, ensure_ascii=False) + "\n").encode()
    else:
        starts = dict(zip([line for line, _ in read_records(path)], _ends_before(path), strict=True))
        gone = {n for line in lines for n in range(starts[line] + 1, line + 1)} if path.suffix == ".csv" else set(lines)
        raw = path.read_bytes().split(b"\n")
        kept = b"\n".join(one for number, one in enumerate(raw, start=1) if number not in gone)
    with replacing(path) as beside:
        beside.write_bytes(kept)


def _ends_before(path: Path) -> list[int]:
    """Return for each record the line on which the one before it ended; a CSV file's header ends on its first."""
    ends = [line for line, _ in read_records(path)]
    return [1, *ends][: len(ends)]


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())
