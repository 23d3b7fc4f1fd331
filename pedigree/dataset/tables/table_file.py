"""Reads a file of a table as columns: CSV with any usual separator, as texts, or Parquet with its types."""

import csv
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pedigree.dataset.record_bytes import find_kind, is_gzipped, read_bytes
from pedigree.dataset.record_files import decode_text, read_frame, read_separated
from pedigree.errors import RecipeError

MAX_ROWS = 100_000  # that are looked at; of a longer file, every n-th
MAX_COLUMNS = 200
WHOLE = 50_000_000  # bytes of a CSV file that is read whole, with the line of each fault
SEPARATORS = ",;\t|"


@dataclass(frozen=True)
class Table:
    """The columns of a file: texts of CSV (null for an empty cell), or what Parquet has; ``rows`` are in the file."""

    frame: pl.DataFrame
    rows: int
    separator: str = ""

    @property
    def sampled(self) -> bool:
        """Return whether only a part of the file's rows was read."""
        return self.frame.height < self.rows


def read_table_file(path: Path) -> Table:
    """Read a CSV or Parquet file; raise RecipeError with the place of what cannot be read, or an empty table."""
    kind = find_kind(path)
    if kind not in ("csv", "tsv", "parquet") or is_gzipped(path):
        hint = "decompress it" if is_gzipped(path) else "save it as 'CSV UTF-8'; the end of its name says what it is"
        raise RecipeError(
            f"{path}: no table by its name", expected="a name that ends in .csv, .tsv or .parquet", hint=hint
        )
    table = _read_parquet(path) if kind == "parquet" else _read_csv(path)
    if not table.rows:
        raise RecipeError(f"{path}: a header without rows", expected="rows to profile", hint="name a file with rows")
    if table.frame.width > MAX_COLUMNS:
        raise RecipeError(
            f"{path}: {table.frame.width:,} columns", expected=f"at most {MAX_COLUMNS}", hint="keep those that matter"
        )
    return table


def _read_parquet(path: Path) -> Table:
    frame = read_frame(path, read_bytes(path))
    return Table(_take_evenly(frame), frame.height)


def _take_evenly(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.gather_every(-(-frame.height // MAX_ROWS)) if frame.height > MAX_ROWS else frame


def _read_csv(path: Path) -> Table:
    if path.is_file() and path.stat().st_size > WHOLE:
        return _sample_csv(path)
    text = decode_text(path, read_bytes(path))
    if not text.strip():
        raise RecipeError(f"{path}: an empty file", expected="a header and rows", hint="name another file")
    header, separator = _read_header(path, text.split("\n", 1)[0] + "\n")
    records = [record for _, record in read_separated(path, text, separator)]
    header = list(records[0]) if records else header  # a name may have a line break
    columns = {name: [record[name] or None for record in records] for name in header}
    frame = pl.DataFrame(columns, dict.fromkeys(header, pl.String))
    return Table(_take_evenly(frame), frame.height, separator)


def _sample_csv(path: Path) -> Table:
    """Return every n-th row of a large file, in constant memory."""
    with path.open("rb") as file:
        first = file.readline(1_000_000)
    header, separator = _read_header(path, decode_text(path, first))
    try:
        lines = pl.scan_csv(path, separator=separator, infer_schema=False, has_header=True)
        rows = lines.select(pl.len()).collect(engine="streaming").item()
        step = -(-rows // MAX_ROWS)
        numbered = lines.with_row_index("\0row").filter(pl.col("\0row") % step == 0).drop("\0row")
        frame = numbered.collect(engine="streaming")
    except pl.exceptions.PolarsError as error:
        raise RecipeError(f"{path}: {str(error).splitlines()[0][:300]}", expected="CSV in UTF-8") from None
    return Table(frame.rename(dict(zip(frame.columns, header, strict=True))), rows, separator)


def _read_header(path: Path, line: str) -> tuple[list[str], str]:
    """Return the names of the first line, and the separator that it has most of."""
    found = {sign: next(csv.reader(io.StringIO(line), delimiter=sign), []) for sign in SEPARATORS}
    separator = max(SEPARATORS, key=lambda sign: len(found[sign]))
    names = [name.strip() for name in found[separator]]
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        raise RecipeError(
            f"{path}, line 1: two columns are named {twice[0]!r}", expected="a name of its own for each column"
        )
    return found[separator], separator
