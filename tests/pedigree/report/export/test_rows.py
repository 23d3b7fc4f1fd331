"""Export: lines, cells and hub folders say what the tables say, and other tools read them as they are."""

import json
import os
from datetime import date

import mlcroissant
import pandas as pd
import polars as pl
import pytest

from pedigree.dataset.columns import describe_columns
from pedigree.dataset.schemas import read_table, write_table
from pedigree.errors import CommandError, WorkspaceError
from pedigree.ids import sha256_of_file
from pedigree.report.export.csv_sheet import unescape_formula
from pedigree.report.export.rows import export_rows, scan_rows
from pedigree.versions.version_reader import HERE, open_version
from tasks.measure import measure as step
from tests.support.make_finished_job import write_finished_job
from tests.support.make_measured_job import ROWS, copy_measured_job, write_pages

measure = step.fn
SPLITS = ("train", "validation")
ODD = ["=1+1", "+49 30", "-1", "@SUM(A1)", "\tx", "\ry", "\nz", "'quoted", "''twice", "＝full", "＠full", "plain",
       'said "no", twice;', "two\nlines\r\nof it", "émoji 🧑‍🚀 and \u202e", "", " =not at the start", "null", "NaN",
           "007"]  # fmt: skip


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    job, metrics = copy_measured_job(tmp_path_factory, tmp_path_factory.mktemp("exported") / "w")
    for split in SPLITS:
        rows = read_table(job.table(split))
        odd = pl.Series("text", (ODD * rows.height)[: min(len(ODD), rows.height)] + rows["text"][len(ODD) :].to_list())
        write_table(rows.with_columns(odd), job.table(split))
    write_pages(job, metrics)
    return job


def open_here(job, tmp_path):
    return open_version(job.workspace, job.dataset, HERE, tmp_path, SPLITS)


def read_lines(job, split):
    columns = ["row_id", "text", "label", "split", "weight", "generator"]
    return read_table(job.table(split)).with_columns(split=pl.lit(split)).select(columns)


def test_jsonl_holds_an_object_a_row_in_the_tables_order(job, tmp_path):
    exported = export_rows(open_here(job, tmp_path), "jsonl", tmp_path / "out")
    assert list(exported.files) == ["README.md", "train.jsonl", "validation.jsonl"]
    for split in SPLITS:
        path = tmp_path / f"out/{split}.jsonl"
        objects = [json.loads(line) for line in path.read_bytes().decode("utf-8").removesuffix("\n").split("\n")]
        assert objects == read_lines(job, split).to_dicts()
        assert list(objects[0]) == ["row_id", "text", "label", "split", "weight", "generator"]
        assert exported.files[f"{split}.jsonl"]["rows"] == len(objects)
        assert pl.read_ndjson(path).equals(read_lines(job, split))


def test_no_cell_of_a_csv_is_a_formula_and_every_text_comes_back(job, tmp_path):
    export_rows(open_here(job, tmp_path), "csv", tmp_path / "out")
    path = tmp_path / "out/train.csv"
    head = '\ufeff"row_id","text","label","split","weight","generator"\n'
    assert path.read_bytes().startswith(head.encode())
    wanted = read_lines(job, "train")
    cells = pd.read_csv(path, keep_default_na=False, dtype={"text": str}, lineterminator="\n")
    assert not [text for text in cells["text"] if text[:1] in set("=+-@\t\r\n＝＋－＠")]
    assert [unescape_formula(text) for text in cells["text"]] == wanted["text"].to_list()
    texts = pl.col(pl.String)  # as the card says
    assert pl.read_csv(path, schema=wanted.schema).with_columns(texts.str.strip_prefix("'")).equals(wanted)


LABELS = {
    "missing values": ["NA", "None", "null", "n/a", "-nan", "cat"],
    "numbers": ["0", "1", "1e3", "007"],
    "truth values": ["true", "False"],
}


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_labels_that_other_programs_misread_come_back_as_the_card_reads_them(job, tmp_path, monkeypatch, kind, labels):
    side = open_here(job, tmp_path)
    for split in SPLITS:
        rows = read_table(job.table(split))
        odd = pl.Series("label", (labels * rows.height)[: rows.height])
        side.tables[split] = tmp_path / f"{split}.parquet"
        write_table(rows.with_columns(odd), side.tables[split])
    exported = export_rows(side, kind, tmp_path / "out")
    card = (tmp_path / "out/README.md").read_text()
    snippet = next(part for part in card.split("```python")[1:] if f"train.{kind}" in part).split("```")[0]
    wanted = pl.read_parquet(side.tables["train"])[["text", "label"]].to_dicts()
    monkeypatch.chdir(tmp_path / "out")
    for library in ("polars", "pandas"):
        names: dict = {}
        lines = [line for line in snippet.split("\n") if "datasets" not in line or line.startswith("import")]
        other = {"polars": "pandas", "pandas": "polars"}[library]
        code = [line.replace(", datasets", "") for line in lines if f"= {other}." not in line]
        skipped = "train = train.with_columns" if library == "pandas" else "train[texts]"
        exec("\n".join(line for line in code if not line.startswith(skipped)), names)
        train = names["train"]
        found = train.to_dicts() if library == "polars" else train.to_dict("records")
        assert [{name: row[name] for name in ("text", "label")} for row in found] == wanted
    named = [warning for warning in exported.warnings if warning.startswith("label: ")]
    assert bool(named) is (kind == "csv" or "cat" not in labels)


TYPED = pl.DataFrame({
    "row_id": ["a", "b", "c"], "leaves": [1, None, 2**53], "date": [None, -0.1, 2e-9], "ok": [True, None, False],
    "seen": [date(2020, 1, 1), None, date(1021, 5, 5)], "soil": ["NA", None, "=1"], "label": ["0", "1e3", "true"],
    "weight": 1.0, "generator": "table", "completion_id": "c", "position": [0, 1, 2],
})  # fmt: skip


@pytest.mark.parametrize("kind", ["jsonl", "csv", "hub"])
def test_missing_values_dates_and_truth_values_come_back_with_their_types_as_the_card_reads_them(
    job, tmp_path, monkeypatch, kind
):
    side = open_here(job, tmp_path)
    for split in SPLITS:
        side.tables[split] = tmp_path / f"{split}.parquet"
        TYPED.write_parquet(side.tables[split])
    monkeypatch.setattr("pedigree.report.export.rows._read_croissant", lambda side: {"distribution": [
        {"name": f"{split}.parquet", "sha256": sha256_of_file(side.tables[split])} for split in SPLITS]})  # fmt: skip
    export_rows(side, kind, tmp_path / "out")
    snippets = (tmp_path / "out/README.md").read_text().split("```python")[1:]
    snippet = next(part for part in snippets if "train =" in part).split("```")[0]
    monkeypatch.chdir(tmp_path / "out")
    wanted = TYPED.drop("weight", "generator", "completion_id", "position")
    code = [line for line in snippet.replace(", datasets", "").split("\n") if "datasets." not in line]
    blocks = "\n".join(code).split("\n\n")
    names: dict = {}
    for number, block in enumerate(blocks):
        exec(block, names)
        if (train := names.pop("train", None)) is None:
            continue
        if isinstance(train, pl.DataFrame):
            assert train.select(wanted.columns).equals(wanted), number
            assert {name: train.schema[name] for name in wanted.columns} == dict(wanted.schema)
        else:
            assert [str(train[name].dtype) for name in ("leaves", "date", "ok")] == ["Int64", "float64", "boolean"]
            assert train["seen"].dtype.kind == "M"
            found = [None if pd.isna(value) else value for name in wanted.columns for value in train[name]]
            plain = [value for name in wanted.columns for value in wanted[name]]
            assert [one.date() if isinstance(one, pd.Timestamp) else one for one in found] == plain
    assert kind == "hub" or "pandas." in snippet


def test_texts_that_nobody_misreads_give_no_warning(job, tmp_path):
    side = open_here(job, tmp_path)
    assert export_rows(side, "jsonl", tmp_path / "lines").warnings == ()
    assert export_rows(side, "hub", tmp_path / "hub").warnings == ()
    [warning] = export_rows(side, "csv", tmp_path / "cells").warnings  # ODD has an empty text, null and NaN
    assert warning == ("text: pandas reads '' (2), 'null' (2), 'NaN' (1) as missing values unless it is told not to")


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
@pytest.mark.parametrize("batch", [1, 7, 17, 103])
def test_rows_that_are_read_in_parts_are_written_as_if_they_were_not(job, tmp_path, monkeypatch, kind, batch):
    whole = export_rows(open_here(job, tmp_path), kind, tmp_path / "whole")
    monkeypatch.setattr("pedigree.report.export.rows.BATCH", batch)
    assert export_rows(open_here(job, tmp_path), kind, tmp_path / "parts").files == whole.files


def test_a_hub_folder_is_loaded_as_it_is_with_the_labels_as_classes(job, tmp_path, load_dataset):
    exported = export_rows(open_here(job, tmp_path), "hub", tmp_path / "out")
    assert list(exported.files) == ["README.md", "croissant.json", "data/train-00000-of-00001.parquet",
                                    "data/validation-00000-of-00001.parquet", "manifest.json"]  # fmt: skip
    both = load_dataset(str(tmp_path / "out"))
    assert list(both) == list(SPLITS)
    label = both["train"].features["label"]
    assert label.names == list(job.recipe.labels)
    for split in SPLITS:
        rows = both[split].with_format("arrow")[:]
        names = [label.int2str(place) for place in both[split]["label"]]
        table = pl.from_arrow(rows).with_columns(label=pl.Series(names))
        assert table.equals(read_table(job.table(split)))
        place = f"out/data/{split}-00000-of-00001.parquet"
        assert (tmp_path / place).read_bytes() == job.table(split).read_bytes()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of rdflib and pandas, to mlcroissant
def test_the_croissant_of_a_hub_folder_finds_its_files(job, tmp_path):
    export_rows(open_here(job, tmp_path), "hub", tmp_path / "out")
    described = mlcroissant.Dataset(jsonld=tmp_path / "out/croissant.json")
    assert not described.metadata.issues.errors
    for split in SPLITS:
        ids = [record[f"{split}/row_id"].decode() for record in described.records(split)]
        assert ids == read_table(job.table(split))["row_id"].to_list()


def test_tables_are_read_as_they_are_by_polars_pandas_and_datasets(job, tmp_path, load_dataset):
    files = {split: str(job.table(split)) for split in SPLITS}
    both = load_dataset("parquet", data_files=files)
    for split, path in files.items():
        wanted = read_table(job.table(split))
        assert pl.read_parquet(path).equals(wanted)
        frame = pd.read_parquet(path)
        assert frame.to_dict("records") == wanted.to_dicts()
        assert {type(label) for label in frame["label"]} == {str}
        assert both[split].to_list() == wanted.to_dicts()
        assert "string" in both[split].features["label"].dtype


def test_the_folder_of_the_data_is_loaded_by_its_card(job, load_dataset):
    both = load_dataset(str(job.folder))
    assert {split: both[split].num_rows for split in both} == {
        split: read_table(job.table(split)).height for split in SPLITS
    }
    features = both["train"].features
    assert list(features) == [column.name for column in describe_columns(job.recipe)]


def test_a_split_without_rows_is_exported_and_loaded(tmp_path_factory, tmp_path, load_dataset):
    job, metrics = copy_measured_job(tmp_path_factory, tmp_path / "work")
    train, validation = (read_table(job.table(split)) for split in SPLITS)
    write_table(pl.concat([train, validation]), job.table("train"))
    write_table(validation.clear(), job.table("validation"))
    write_pages(job, {**metrics, "counts": {**metrics["counts"], "train": ROWS, "validation": 0}})
    export_rows(open_here(job, tmp_path), "hub", tmp_path / "hub")
    assert {split: rows.num_rows for split, rows in load_dataset(str(tmp_path / "hub")).items()} == {"train": ROWS}
    export_rows(open_here(job, tmp_path), "jsonl", tmp_path / "lines")
    assert (tmp_path / "lines/validation.jsonl").read_bytes() == b""
    export_rows(open_here(job, tmp_path), "csv", tmp_path / "cells")
    assert (tmp_path / "cells/validation.csv").read_text("utf-8-sig").startswith('"row_id"')


def test_numbers_and_categories_keep_their_types(tmp_path):
    frame = pl.DataFrame(
        {"row_id": ["a"], "price": [-2.5], "count": [-3], "kind": ["+x"], "label": ["yes"], "weight": [1.0],
         "generator": ["zero-shot"], "completion_id": ["c"], "position": [0]}
    )  # fmt: skip
    write_table(frame, tmp_path / "train.parquet")
    lines = scan_rows(tmp_path / "train.parquet", "train").collect()
    assert lines.row(0) == ("a", -2.5, -3, "+x", "yes", "train", 1.0, "zero-shot")


@pytest.mark.parametrize("kind", ["jsonl", "csv", "hub"])
def test_what_lies_at_the_place_already_is_not_touched(job, tmp_path, kind):
    for name in ("full", "empty"):
        (tmp_path / name).mkdir()
    (tmp_path / "full/mine").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "full")
    before = sorted(tmp_path.rglob("*"))
    for name in ("full", "file", "link"):
        with pytest.raises(CommandError, match="exists already"):
            export_rows(open_here(job, tmp_path), kind, tmp_path / name)
    assert sorted(tmp_path.rglob("*")) == before
    export_rows(open_here(job, tmp_path), kind, tmp_path / "empty")
    assert (tmp_path / "empty/README.md").is_file()


def test_what_cannot_be_written_leaves_nothing(job, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(WorkspaceError, match="can't be written"):
        export_rows(open_here(job, tmp_path), "jsonl", tmp_path / "file/below")
    side = open_here(job, tmp_path)
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no table")
    side.tables["validation"] = tmp_path / "broken.parquet"
    with pytest.raises(WorkspaceError, match="can't be written"):
        export_rows(side, "csv", tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.parquet", "file"]


@pytest.mark.full
def test_tables_that_the_croissant_does_not_describe_are_not_made_a_hub_folder(tmp_path):
    job = write_finished_job(tmp_path / "work", rows=30)
    with pytest.raises(WorkspaceError, match="has no data/support-tickets/manifest"):
        open_here(job, tmp_path)
    measure(job)
    write_table(read_table(job.table("train")).head(3), job.table("train"))
    with pytest.raises(WorkspaceError, match="does not match its croissant"):
        export_rows(open_here(job, tmp_path), "hub", tmp_path / "hub")
    (job.folder / "croissant.json").unlink()
    with pytest.raises(WorkspaceError, match="has no usable croissant"):
        export_rows(open_here(job, tmp_path), "hub", tmp_path / "hub")
    (job.folder / "README.md").unlink()
    assert "README.md" not in export_rows(open_here(job, tmp_path), "jsonl", tmp_path / "lines").files


@pytest.fixture(scope="session")
def load_dataset(tmp_path_factory):
    """The hub's own loader, offline, with a cache of its own."""
    home = tmp_path_factory.mktemp("hub")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HOME": str(home)}.items():
            patch.setenv(name, value)
        patch.setitem(os.environ, "HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
        import datasets

        yield lambda *arguments, **options: datasets.load_dataset(*arguments, cache_dir=str(home), **options)
