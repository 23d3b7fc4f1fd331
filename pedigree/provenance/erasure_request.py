"""Finds the row that a person wants erased, what was made from it, and removes it from its file."""

import gzip
import io
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from pedigree.dataset.examples import Example, load_examples
from pedigree.dataset.record_bytes import BINARY, find_kind, is_gzipped, read_bytes
from pedigree.dataset.record_files import SEPARATORS, read_frame, read_records
from pedigree.errors import CommandError, RecipeError
from pedigree.job import Job
from pedigree.system.atomic_write import replacing

MIN_CHARS = 16  # a shorter text may occur in a file by chance


@dataclass(frozen=True)
class Row:
    """A seed, held-out or real row, or a document, to erase.

    ``places``: path -> its lines there (from 1); empty where no file contains it any more.
    """

    id: str
    example: Example | None = None
    places: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def fields(self) -> Mapping[str, Any]:
        """Return the values of its fields; empty where only its id is known."""
        return self.example.fields if self.example else {}

    @property
    def path(self) -> str | None:
        """Return the first of its files; None where no file contains it any more."""
        return next(iter(self.places), None)

    @property
    def lines(self) -> tuple[int, ...]:
        """Return its lines in that file."""
        return next(iter(self.places.values()), ())

    @property
    def texts(self) -> list[str]:
        """Return the row's texts as they may appear in a file: plain, or escaped as JSON, once or twice."""
        values = [value for value in self.fields.values() if isinstance(value, str)]
        forms = set()
        for value in (value.strip() for value in values if len(value.strip()) >= MIN_CHARS):
            for ascii_only in (True, False):
                once = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
                forms |= {value, once, json.dumps(once, ensure_ascii=ascii_only)[1:-1]}
        return sorted(forms)


def find_row(job: Job, id_prefix: str | None, text: str | None, shown: Collection[str] = ()) -> Row:
    """Return the one row whose id begins with ``id_prefix``, or that contains ``text``.

    ``shown``: ids of rows in earlier prompts, which may be in no file any more. Raises CommandError for no match or
    several.
    """
    rows = _list_rows(job)
    if text is not None:
        wanted = _fold(text)
        found = [row for row in rows.values() if any(wanted in _fold(str(value)) for value in row.fields.values())]
        condition = f"the text {text!r}"
    elif id_prefix is None or not re.fullmatch(r"[0-9a-f]{4,64}", id_prefix):
        raise CommandError(
            f"{id_prefix!r} is no row's id" if id_prefix else "no row is named",
            expected="the first 4 or more digits of a seed row's id, or --text with words of it",
        )
    else:
        known = {id: rows.get(id, Row(id)) for id in sorted({*rows, *shown})}
        found = [row for id, row in known.items() if id.startswith(id_prefix)]
        condition = f"the id {id_prefix}"
    if len(found) == 1:
        return found[0]
    if not found:
        raise CommandError(
            f"{job.dataset} has no seed, held-out or real row with {condition}", hint="look into their files"
        )
    listed = "\n".join(f"    {row.id[:12]} {json.dumps(row.fields, default=str)[:80]}" for row in found[:9])
    raise CommandError(f"{len(found)} rows of {job.dataset} have {condition}", hint=f"name one by its id:\n{listed}")


def _list_rows(job: Job) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    recipe, seeds = job.recipe, job.seeds if job.recipe.seeds else ()
    files = ((recipe.seeds, seeds), (recipe.held_out, job.held_out), (recipe.real, job.real), (recipe.dev, job.dev))
    for path, examples in (*files, *job.corpora.items()):
        if path is None:
            continue
        for one in examples:
            places = rows[one.id].places if one.id in rows else {}
            lines = dict.fromkeys((*places.get(path, ()), one.line))
            rows[one.id] = Row(one.id, one, {**places, path: tuple(lines)})
    return rows


def is_held(row: Row, job: Job, name: str, data: bytes) -> bool:
    """Return whether ``data``, an earlier state of a seed or held-out file ``name``, contains a row."""
    with TemporaryDirectory(prefix="pedigree-") as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        try:
            return any(example.id == row.id for example in load_examples(path, job.recipe))
        except RecipeError:  # its labels or fields are not those of today's recipe
            texts = [text.encode("utf-8", "surrogatepass") for text in row.texts]
            forms = (data, _read_plain(path))
            return any(text in form for text in texts for form in forms)


def _read_plain(path: Path) -> bytes:
    """Return the records of a file as lines of JSON: compressed files and tables do not show their texts."""
    try:
        lines = [json.dumps(record, ensure_ascii=False, default=str) for _, record in read_records(path)]
    except RecipeError:
        return b""
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def find_derived(prompts: pl.DataFrame, seed_id: str) -> set[str]:
    """Return the completion_ids of prompts that contain a row, and of prompts made from their answers."""
    derived = set(prompts.filter(pl.col("seed_row_ids").list.contains(seed_id))["completion_id"])
    while True:
        more = prompts.filter(pl.col("parents").list.eval(pl.element().is_in(list(derived))).list.any())
        if derived.issuperset(more["completion_id"]):
            return derived
        derived.update(more["completion_id"])


def drop_rows(path: Path, lines: Collection[int]) -> None:
    """Remove the records that begin on these lines (or have these places), in one atomic write.

    Other records keep their bytes, except in a JSON array, Parquet or Arrow, which are written anew.
    """
    kind, data = find_kind(path), read_bytes(path)
    if kind in BINARY:
        kept = _drop_from_table(read_frame(path, data), kind, lines)
    elif kind == "json":
        records = [record for line, record in read_records(path) if line not in lines]
        kept = (json.dumps(records, indent=2, ensure_ascii=False) + "\n").encode()
    else:
        starts = dict(zip([line for line, _ in read_records(path)], _ends_before(path), strict=True))
        whole = kind in SEPARATORS  # a record may have several lines, and its place is the last
        gone = {n for line in lines for n in range(starts[line] + 1, line + 1)} if whole else set(lines)
        kept = b"\n".join(one for number, one in enumerate(data.split(b"\n"), start=1) if number not in gone)
    with replacing(path) as beside:
        beside.write_bytes(gzip.compress(kept, mtime=0) if is_gzipped(path) else kept)


def _drop_from_table(frame: pl.DataFrame, kind: str, places: Collection[int]) -> bytes:
    kept, out = frame[[place for place in range(frame.height) if place + 1 not in places]], io.BytesIO()
    if kind == "parquet":
        kept.write_parquet(out)
    else:
        kept.write_ipc(out)
    return out.getvalue()


def _ends_before(path: Path) -> list[int]:
    """Return for each record the last line of the one before it; for the first of a table, the header's line 1."""
    ends = [line for line, _ in read_records(path)]
    return [1, *ends][: len(ends)]


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())
