"""A sheet is safe in a spreadsheet, and what people saved is read back, however the spreadsheet saved it."""

import csv

import pytest

from pedigree.errors import CommandError
from pedigree.report.export.csv_sheet import (
    MAX_CHARS,
    Sheet,
    escape_formula,
    name_column,
    read_sheet,
    unescape_formula,
    write_sheet,
)

COLUMNS = ["id", "text", "decision", "new_label", "who", "why"]
TEXTS = [
    "=HYPERLINK(\"http://evil\")", "+1 for this", "-5 %", "@you", "\tindented", "'quoted'", "'=1", "''",
        "plain, with commas",
    "two\nlines", "semi;colon", 'say "hi"', "ça va, señor?", "snow ☃ and 😀", "＝1+1", "",
]  # fmt: skip


def write(path, texts=TEXTS):
    write_sheet(path, COLUMNS, [{"id": f"r{n}", "text": text, "who": "Ann"} for n, text in enumerate(texts)])
    return path


def resave(path, encoding, delimiter):
    """Save a sheet as a spreadsheet with other settings does: what the encoding lacks becomes a question mark."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    with path.open("w", encoding=encoding, errors="replace", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(lines)
    return path


@pytest.mark.parametrize("text", TEXTS)
def test_no_cell_begins_as_a_formula_and_every_text_comes_back(text):
    assert escape_formula(text)[:1] not in set("=+-@\t\r＝")
    assert unescape_formula(escape_formula(text)) == text


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8-sig", ","), ("utf-8", ";"), ("utf-16", "\t"), ("cp1252", ";"), ("cp1252", ",")]
)
def test_a_sheet_says_the_same_however_it_was_saved(tmp_path, encoding, delimiter):
    sheet = read_sheet(resave(write(tmp_path / "s.csv"), encoding, delimiter))
    assert [line.cells["id"] for line in sheet.lines] == [f"r{n}" for n in range(len(TEXTS))]
    assert [line.number for line in sheet.lines] == list(range(2, len(TEXTS) + 2))
    assert all(sheet.matches(line.cells["text"], text) for line, text in zip(sheet.lines, TEXTS, strict=True))
    assert not sheet.matches(sheet.lines[8].cells["text"], "plain, without commas")
    assert sheet.lossy == (encoding == "cp1252")


def test_characters_that_a_lossy_encoding_has_still_count():
    sheet = Sheet([], lossy=True)
    assert sheet.matches("caf\xe9 ?? bar", "caf\xe9 😀 bar") and not sheet.matches("caff ?? bar", "caf\xe9 😀 bar")


def test_a_text_longer_than_a_cell_is_cut_and_still_known(tmp_path):
    long = "word " * MAX_CHARS
    sheet = read_sheet(write(tmp_path / "s.csv", [long]))
    assert len(sheet.lines[0].cells["text"]) == MAX_CHARS and sheet.matches(sheet.lines[0].cells["text"], long)


def test_a_field_named_as_a_column_of_the_sheet_gets_a_mark():
    assert (name_column("text"), name_column("why")) == ("text", "why (field)")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04rest", "workbook"),
        (b"\xd0\xcf\x11\xe0rest", "an Excel workbook"),
        (b"a\0b", "is not a text file"),
        (b"\x81\x8d\xff", "is not a text file"),
        (b"id,text,decision\nr1,x,accept\n", "no column new_label, who, why"),
        (b"id,decision,new_label,who,why,who\n", "two columns 'who'"),
        (b"id,decision,new_label,who,why\nr1,accept,,Ann,it is, well, fine\n", "line 2: more cells than the header"),
        (b'id,decision,new_label,who,why\nr1,accept,,Ann,"open\n', "line 2 of the file: unexpected end of data"),
    ],
)
def test_what_is_no_sheet_is_refused_with_the_way_to_save_it(tmp_path, content, complaint):
    path = tmp_path / "s.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=complaint):
        read_sheet(path)


def test_an_absent_sheet_is_named(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        read_sheet(tmp_path / "s.csv")
