"""Writes review sheets (CSV files that people fill in with a spreadsheet) and reads them back in any saved encoding."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pedigree.errors import CommandError
from pedigree.system.atomic_write import replacing

FILLED = ("decision", "new_label", "who", "why")  # by people
COLUMNS = ("id", "what", "label", "reads_as", "generator", "reason", "detail", "drawn", *FILLED)
MAX_CHARS = 32_000  # the limit of a spreadsheet cell is 32,767
MAX_BYTES = 100_000_000
FORMULA = re.compile(r"['=+\-@\t\r\n＝＋－＠]")  # what a spreadsheet may read as its start, and our own mark
WORKBOOKS = {b"PK\x03\x04": "an Excel or OpenDocument workbook", b"\xd0\xcf\x11\xe0": "an Excel workbook"}
SAVE_AS = "save it as 'CSV UTF-8 (comma delimited)'"


@dataclass(frozen=True)
class SheetLine:
    """One line of a sheet; ``number`` counts as a spreadsheet does (the header is 1)."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """A sheet as read. ``lossy``: its encoding is Windows-1252, so other characters were replaced when it was saved."""

    lines: list[SheetLine]
    lossy: bool

    def matches(self, cell: str, text: str) -> bool:
        """Return whether a cell holds a text, ignoring line ends and, if lossy, characters replaced by saving."""
        cell, text = _fold(cell), _fold(truncate_cell(text))
        if not self.lossy or cell == text:
            return cell == text
        pattern = "".join(re.escape(char) if _is_western(char) else ".{0,2}" for char in text)
        return re.fullmatch(pattern, cell, re.DOTALL) is not None


def name_column(field: str) -> str:
    """Return the column name of a field; a name that the sheet uses itself gets a suffix."""
    return f"{field} (field)" if field in COLUMNS else field


def escape_formula(text: str) -> str:
    """Return a text as a cell that no spreadsheet reads as a formula; ``unescape_formula`` is the inverse."""
    return f"'{text}" if FORMULA.match(text) else text


def unescape_formula(cell: str) -> str:
    """Return the text of a cell written by ``escape_formula``."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell[1:]) else cell


def truncate_cell(text: str) -> str:
    """Return a text cut to the length of a cell."""
    return text if len(text) <= MAX_CHARS else text[: MAX_CHARS - 1] + "…"


def write_sheet(path: Path, columns: Sequence[str], lines: Iterable[Mapping[str, str]]) -> None:
    """Write a CSV file that spreadsheets open as UTF-8, atomically; missing cells are empty."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    for line in lines:
        writer.writerow([escape_formula(truncate_cell(line.get(name, ""))) for name in columns])
    with replacing(path) as beside:
        beside.write_bytes(out.getvalue().encode("utf-8-sig", "replace"))


def read_sheet(path: Path) -> Sheet:
    """Read a sheet: commas, semicolons or tabs; UTF-8, UTF-16 or Windows-1252.

    Raises CommandError if it is no such file, lacks a column, or a line has more cells than the header.
    """
    text, lossy = _decode(path, _read_bytes(path))
    header, records = _split(path, text)
    if missing := [name for name in ("id", *FILLED) if name not in header]:
        raise CommandError(
            f"{path}: no column {', '.join(missing)}",
            expected=f"the columns that 'pedigree review' wrote; found {', '.join(header[:20])}",
            hint="fill in the sheet itself and keep its header; " + SAVE_AS,
        )
    if duplicates := sorted({name for name in header if name and header.count(name) > 1}):
        raise CommandError(f"{path}: two columns {duplicates[0]!r}", hint="remove one of them")
    too_long = [number for number, cells in records if len(cells) > len(header) and any(cells[len(header) :])]
    if too_long:
        raise CommandError(
            f"{path}, line {too_long[0]}: more cells than the header", hint=f"{SAVE_AS}; keep texts within their quotes"
        )
    lines = [
        SheetLine(number, {name: unescape_formula(cell) for name, cell in zip(header, cells, strict=False)})
        for number, cells in records
    ]
    return Sheet([SheetLine(one.number, {**dict.fromkeys(header, ""), **one.cells}) for one in lines], lossy)


def _read_bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CommandError(f"{path}: {path.stat().st_size:,} bytes", expected=f"a sheet of at most {MAX_BYTES:,}")
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}", hint="give the path of the completed sheet") from None


def _decode(path: Path, raw: bytes) -> tuple[str, bool]:
    for mark, kind in WORKBOOKS.items():
        if raw.startswith(mark):
            raise CommandError(f"{path} is {kind}", expected="a CSV file", hint=SAVE_AS)
    utf16 = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "cp1252"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding == "cp1252"
    raise CommandError(f"{path} is not a text file", expected="UTF-8, UTF-16 or Windows-1252", hint=SAVE_AS)


def _split(path: Path, text: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header and the numbered lines that are not blank, for the delimiter that gives the most columns."""
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        records = list(enumerate(reader, start=1))
    except csv.Error as error:
        raise CommandError(f"{path}, line {reader.line_num} of the file: {error}", hint=SAVE_AS) from None
    if not records:
        raise CommandError(f"{path} is empty", hint="fill in the sheet that 'pedigree review' wrote")
    header = [name.strip() for name in records[0][1]]
    return header, [(number, cells) for number, cells in records[1:] if any(cell.strip() for cell in cells)]


def _fold(text: str) -> str:
    return re.sub(r"\r\n?|\n", "\n", text).strip()


def _is_western(char: str) -> bool:
    try:
        return bool(char.encode("cp1252"))
    except UnicodeEncodeError:
        return False
