"""Reads files of records: JSONL, JSON and CSV or TSV with a header, also gzipped; Parquet, and Arrow or Feather.

The end of a file's name says what it is, in upper or lower case; any other name is JSONL.
"""

import csv
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from pedigree.dataset.record_bytes import find_kind, read_bytes
from pedigree.errors import RecipeError, join_errors

SEPARATORS = {"csv": ",", "tsv": "\t"}
SIGNS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
WITH_COLUMNS = ("csv", "tsv", "parquet", "arrow")
PLACES = {"json": "record", "parquet": "row", "arrow": "row"}
WORDS = 30  # characters that are shown of a text in another encoding


def read_records(path: Path) -> list[tuple[int, dict]]:
    """Return (place, record) of each record; the place counts lines, or the records of JSON, Parquet and Arrow, from 1.

    Raises RecipeError, with the place, for what cannot be read.
    """
    kind, data = find_kind(path), read_bytes(path)
    if kind in ("parquet", "arrow"):
        return list(enumerate(read_frame(path, data).iter_rows(named=True), start=1))
    text = decode_text(path, data)
    if kind in SEPARATORS:
        return read_separated(path, text, SEPARATORS[kind])
    return _read_array(path, text) if kind == "json" else _read_lines(path, text)


def name_place(path: Path, place: int) -> str:
    """Return the name of a record's place, such as ``seeds.csv, line 3``."""
    return f"{path}, {PLACES.get(find_kind(path), 'line')} {place}"


def has_columns(path: Path) -> bool:
    """Return whether a file's records all have the same keys, its columns."""
    return find_kind(path) in WITH_COLUMNS


def read_frame(path: Path, data: bytes) -> pl.DataFrame:
    """Return the table of a Parquet or Arrow file (as a file or as a stream)."""
    if find_kind(path) == "parquet":
        readers = (lambda file: pl.read_parquet(file),)
    else:
        readers = (lambda file: pl.read_ipc(file), lambda file: pl.read_ipc_stream(file))
    problem = ""
    for read in readers:
        try:
            return read(io.BytesIO(data))
        except (pl.exceptions.PolarsError, OSError, ValueError) as error:
            problem = problem or str(error).splitlines()[0]
    raise RecipeError(f"{path}: not a {find_kind(path).title()} file: {problem}", hint="write the file again")


def decode_text(path: Path, data: bytes) -> str:
    """Return the text of a file's bytes; raise RecipeError with the place of what is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"{path}: byte {error.start} is not UTF-8"
        convert = f"iconv -f {{}} -t utf-8 {path.name} > utf-8-{path.name}"
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise RecipeError(found, expected="UTF-8", hint=f"convert it: {convert.format('utf-16')}") from None
        try:
            western = data[max(0, error.start - WORDS) : error.start + WORDS].decode("cp1252")
        except UnicodeDecodeError:
            hint = f"find out its encoding, then convert it: {convert.format('ENCODING')}"
            raise RecipeError(found, expected="UTF-8", hint=hint) from None
        raise RecipeError(
            f"{found}; read as Windows-1252, the text there is {' '.join(western.split())!r}",
            expected="UTF-8",
            hint="save it again as 'CSV UTF-8' if Excel wrote it; or, if the text above is right, convert it: "
            + convert.format("windows-1252"),
        ) from None


def _read_lines(path: Path, text: str) -> list[tuple[int, dict]]:
    records, wrong, expected = [], [], "one JSON object per line"
    for line, raw in enumerate(text.split("\n"), start=1):
        if not raw.strip():
            continue
        try:
            record = json.loads(raw)
        except (ValueError, RecursionError) as error:  # ValueError also for a number of thousands of digits
            wrong.append(RecipeError(f"{path}, line {line}: not JSON: {error}", expected=expected))
            continue
        if not isinstance(record, dict):
            wrong.append(RecipeError(f"{path}, line {line}: a {type(record).__name__}", expected=expected))
        records.append((line, record))
    if wrong:
        raise join_errors(wrong)
    return records


def _read_array(path: Path, text: str) -> list[tuple[int, dict]]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RecipeError(f"{path}: not JSON: {error}") from None
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise RecipeError(f"{path}: not an array of objects", expected='[{"text": ..., "label": ...}, ...]')
    return list(enumerate(values, start=1))


def read_separated(path: Path, text: str, separator: str) -> list[tuple[int, dict]]:
    """Return the records of CSV with this separator, as ``read_records`` does."""
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    names, records, wrong = list(reader.fieldnames or ()), [], []
    try:
        _check_separator(path, names, separator)
        for record in reader:
            if None in record or None in record.values():
                found = sum(value is not None for value in record.values()) - 1 + len(record.get(None, "x"))
                wrong.append(
                    RecipeError(
                        f"{path}, line {reader.line_num}: {found} values",
                        expected=f"{len(names)}, as in the first line",
                        hint=f'put quotes around a text that contains a {SIGNS[separator]}: "..."',
                    )
                )
            records.append((reader.line_num, record))
    except csv.Error as error:
        raise RecipeError(
            f"{path}, line {reader.reader.line_num}: {error}", expected="CSV, every quote closed"
        ) from None
    if wrong:
        raise join_errors(wrong)
    return records


def _check_separator(path: Path, names: Sequence[str], separator: str) -> None:
    others = ",;\t|".replace(separator, "")
    if len(names) == 1 and (sign := re.search(f"[{others}]", names[0])):
        right = f"{SIGNS[separator]}s"
        raise RecipeError(
            f"{path}, line 1: one column, {names[0][:200]!r}",
            expected=f"columns separated by {right}",
            hint=f"save it with {right} instead of {sign[0]!r}; a .csv file has commas, a .tsv file has tabs",
        )
