"""Rows of people are read from the files that people have, and what cannot be read says what to do."""

import gzip
import json

import polars as pl
import pytest

from pedigree.dataset import record_bytes
from pedigree.dataset.examples import load_examples
from pedigree.dataset.label_values import advise_on_labels, name_label, read_label
from pedigree.dataset.record_files import name_place, read_records
from pedigree.errors import RecipeError
from pedigree.provenance.erasure_request import Row, drop_rows, is_held
from tests.support.workspaces import make_job

ROWS = [{"text": "It’s a cat, and it sat", "label": "0"}, {"text": 'the "dog"\nran', "label": "1"},
        {"text": "another cat was there", "label": "0"}]  # fmt: skip
CSV = '"text","label"\n"It’s a cat, and it sat","0"\n"the ""dog""\nran","1"\n"another cat was there","0"\n'
LINES = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)
LABELS = {name: {"share": 0.5, "means": name} for name in ("0", "1")}


WRITE = {
    "seeds.jsonl": lambda path, frame: path.write_text(LINES),
    "seeds.JSONL": lambda path, frame: path.write_text(LINES),
    "seeds.ndjson": lambda path, frame: path.write_text(LINES.replace("\n", "\r\n"), newline=""),
    "seeds.json": lambda path, frame: path.write_text(json.dumps(ROWS)),
    "seeds.CSV": lambda path, frame: path.write_text(CSV),
    "seeds.csv": lambda path, frame: path.write_text("\ufeff" + CSV),
    "seeds.tsv": lambda path, frame: path.write_text(CSV.replace('","', '"\t"')),
    "seeds.jsonl.gz": lambda path, frame: path.write_bytes(gzip.compress(LINES.encode())),
    "seeds.csv.gz": lambda path, frame: path.write_bytes(gzip.compress(CSV.encode())),
    "seeds.json.GZ": lambda path, frame: path.write_bytes(gzip.compress(json.dumps(ROWS).encode())),
    "seeds.parquet": lambda path, frame: frame.write_parquet(path),
    "seeds.feather": lambda path, frame: frame.write_ipc(path, compression="zstd"),
    "seeds.arrow": lambda path, frame: frame.write_ipc_stream(path),
}


@pytest.fixture
def recipe(tmp_path):
    return make_job(tmp_path / "work", labels=LABELS).recipe


def write(folder, name, rows=ROWS):
    WRITE[name](folder / name, pl.DataFrame(rows))
    return folder / name


@pytest.mark.parametrize("name", WRITE)
def test_every_format_gives_the_same_rows(tmp_path, recipe, name):
    path = write(tmp_path, name)
    examples = load_examples(path, recipe)
    assert [(one.fields["text"], one.label) for one in examples] == [(row["text"], row["label"]) for row in ROWS]
    assert len({one.id for one in examples}) == 3 and examples[0].line in (1, 2)


@pytest.mark.parametrize("name", WRITE)
def test_a_row_is_found_in_every_format_and_erased_from_it(tmp_path, recipe, name):
    job = make_job(tmp_path / "job", labels=LABELS)
    path = write(tmp_path, name)
    gone, kept = load_examples(path, recipe)[1], [ROWS[0], ROWS[2]]
    row = Row(gone.id, gone, {str(path): (gone.line,)})
    assert is_held(row, job, name, path.read_bytes())
    drop_rows(path, [gone.line])
    assert [record for _, record in read_records(path)] == kept
    assert not is_held(row, job, name, path.read_bytes())


@pytest.mark.parametrize("name", ["seeds.parquet", "seeds.jsonl.gz", "seeds.jsonl"])
def test_a_row_of_a_file_that_todays_recipe_cannot_read_is_found_by_its_text(tmp_path, name):
    job = make_job(tmp_path / "job")  # its labels are cat and dog
    long = [{"text": "a text of more than sixteen characters", "label": "0"}]
    if name == "seeds.parquet":
        pl.DataFrame(long).write_parquet(tmp_path / name)
    else:
        data = json.dumps(long[0]).encode()
        (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    example = load_examples(tmp_path / name, make_job(tmp_path / "other", labels=LABELS).recipe)[0]
    data = (tmp_path / name).read_bytes()
    assert is_held(Row(example.id, example), job, name, data)
    assert is_held(Row("0", example), job, name, data)


WRONG = {
    "a Parquet file of another name": ("seeds.csv", "seeds.parquet", "is a Parquet file, and not CSV as its name says",
        "let its name end in .parquet"),
    "a compressed file of another name": ("seeds.jsonl", "seeds.jsonl.gz", "is compressed with gzip", "end in .gz"),
    "a feather file of another name": ("seeds.tsv", "seeds.feather", "is an Arrow file", "end in .arrow"),
    "a text as Parquet": ("seeds.parquet", "seeds.csv", "not a Parquet file", "write the file again"),
    "a text as Arrow": ("seeds.arrow", "seeds.csv", "not a Arrow file", "write the file again"),
    "a text as gzip": ("seeds.csv.gz", "seeds.csv", "not a whole gzip file", "compress the file again"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "found", "hint"), WRONG.values(), ids=WRONG)
def test_a_name_that_does_not_say_what_a_file_is(tmp_path, name, content, found, hint):
    write(tmp_path, content).rename(tmp_path / name)
    with pytest.raises(RecipeError, match=found) as raised:
        read_records(tmp_path / name)
    assert hint in raised.value.hint


def test_a_workbook(tmp_path):
    (tmp_path / "seeds.xlsx").write_bytes(b"PK\x03\x04...")
    with pytest.raises(RecipeError, match=r"Excel or OpenDocument workbook.*\n.*\n.*save the sheet as 'CSV UTF-8'"):
        read_records(tmp_path / "seeds.xlsx")


def test_a_gzip_file_that_is_cut_off_or_too_large(tmp_path, monkeypatch):
    path = write(tmp_path, "seeds.csv.gz")
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    with pytest.raises(RecipeError, match="not a whole gzip file"):
        read_records(path)
    path.write_bytes(gzip.compress(b"text,label\n" * 1000))
    monkeypatch.setattr(record_bytes, "MAX_BYTES", 1000)
    with pytest.raises(RecipeError, match="when decompressed"):
        read_records(path)


def test_a_csv_of_excel_is_shown_as_windows_1252(tmp_path):
    (tmp_path / "seeds.csv").write_bytes("text,label\nIt’s “fine” – für 5 €,0\n".encode("cp1252"))
    with pytest.raises(RecipeError) as raised:
        read_records(tmp_path / "seeds.csv")
    assert "byte 13 is not UTF-8; read as Windows-1252, the text there is 'text,label It’s “fine” – für 5 €,0'" in str(
        raised.value
    )
    assert "iconv -f windows-1252 -t utf-8 seeds.csv > utf-8-seeds.csv" in raised.value.hint
    assert "latin1" not in str(raised.value)


def test_another_encoding_is_not_guessed(tmp_path):
    (tmp_path / "seeds.csv").write_bytes("text,label\nÁgua,0\n".encode().replace(b"\xc3\x81", b"\x81"))
    with pytest.raises(RecipeError, match="find out its encoding"):
        read_records(tmp_path / "seeds.csv")


def test_the_place_of_a_record_has_the_name_of_its_format(tmp_path):
    names = ("a.csv", "a.JSON", "a.parquet", "a.jsonl.gz")
    places = [name_place(tmp_path / name, 3).split(", ")[1] for name in names]
    assert places == ["line 3", "record 3", "row 3", "line 3"]


@pytest.mark.parametrize(
    ("value", "labels", "wanted"),
    [
        (0, ["0", "1"], "0"),
        (1.0, ["0", "1"], "1"),
        (True, ["true", "false"], "true"),
        (False, ["True", "False"], "False"),
        (1000.0, ["1e3", "x"], "1e3"),
        (1.0, ["1.0", "1"], "1.0"),
        (1, ["1.0", "1.00"], None),
        (True, ["1", "0"], None),
        (1, ["true", "false"], None),
        (float("nan"), ["nan", "x"], None),
        (None, ["None", "null"], None),
        (["0"], ["0", "1"], None),
        ("0.0", ["0", "1"], None),
    ],
)
def test_numbers_and_booleans_as_labels(value, labels, wanted):
    assert read_label(value, labels) == wanted


def test_labels_of_json_and_parquet_that_are_no_texts(tmp_path, recipe):
    (tmp_path / "seeds.jsonl").write_text('{"text": "a cat", "label": 0}\n{"text": "a dog", "label": 1.0}\n')
    assert [one.label for one in load_examples(tmp_path / "seeds.jsonl", recipe)] == ["0", "1"]
    pl.DataFrame({"text": ["a cat", "a dog"], "label": [0, 1]}).write_parquet(tmp_path / "seeds.parquet")
    assert [one.label for one in load_examples(tmp_path / "seeds.parquet", recipe)] == ["0", "1"]
    categories = pl.DataFrame(
        {"text": ["a cat", "a dog"], "label": ["0", "1"]}, {"text": pl.String, "label": pl.Categorical}
    )
    categories.write_parquet(tmp_path / "seeds.parquet")
    assert [one.label for one in load_examples(tmp_path / "seeds.parquet", recipe)] == ["0", "1"]
    assert [name_label(value) for value in (True, 0, 1.0, 0.5, "a", "", None)] == ["true", "0", "1", "0.5", "a"] + [
        None
    ] * 2


def test_labels_that_are_spelt_otherwise_are_listed_with_the_right_spelling():
    advice = advise_on_labels(["Cat", "cat", "Cat", "dog ", "cow", "Big  Cat", None], ["cat", "dog", "big cat"])
    assert advice == (
        "labels are compared exactly: in the file, write 'cat' for 'Cat' (2 rows), 'dog' for 'dog ' (1 row), "
        "'big cat' for 'Big  Cat' (1 row)"
    )


@pytest.mark.parametrize(
    ("values", "advice"),
    [
        (["cow"], "correct it in the file, or add 'cow' to the recipe's labels"),
        ([" cow "], "correct it in the file, or add 'cow' to the recipe's labels"),
        ([7], "add '7' to the recipe's labels"),
        ([None, "", " ", []], "give every row a label"),
    ],
)
def test_what_is_advised_about_other_labels_is_what_a_recipe_takes(values, advice):
    assert advice in advise_on_labels(values, ["cat", "dog"])
