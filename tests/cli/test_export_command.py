"""pedigree export: any version, read without touching what lies in the workspace; what it refuses, and why."""

import json
import shutil

import polars as pl
import pytest

from tests.support.cli_runner import Shell
from tests.support.make_published import NAME, share_small

FOLDER = f"data/{NAME}"


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    return share_small(tmp_path_factory)


@pytest.fixture
def shell(house, capsys):
    return Shell(house.root, capsys)


@pytest.fixture
def consumer(house, tmp_path):
    """A clone that has pulled nothing."""
    other = house.clone(tmp_path / "consumer")
    other.set_remote(house.root.parent / "remote", local=True)
    return other


def read_ids(path):
    return pl.read_ndjson(path)["row_id"].to_list()


def test_the_latest_version_is_exported_as_lines(house, shell, tmp_path):
    said = shell("export", NAME, "--to", str(tmp_path / "out"))
    assert said.status == 0
    assert said.out.endswith(f"exported {NAME} v1.0.1 as jsonl\n")
    rows = pl.read_parquet(house.root / f"{FOLDER}/train.parquet")
    assert f"{tmp_path}/out/train.jsonl  {rows.height} rows, " in said.out
    assert read_ids(tmp_path / "out/train.jsonl") == rows["row_id"].to_list()
    assert f"Exported from {NAME}@v1.0.1, commit " in (tmp_path / "out/README.md").read_text().replace("\\", "")


def test_a_column_that_other_programs_misread_is_named(shell, tmp_path, monkeypatch):
    monkeypatch.setattr("pedigree.report.export.rows.describe_misread", lambda *_: ["label: pandas reads 'NA'"])
    said = shell("export", NAME, "--format", "csv", "--to", str(tmp_path / "out"))
    assert said.status == 0 and "warning: label: pandas reads 'NA'" in said.err
    assert f"to do: read the files as {tmp_path}/out/README.md shows" in said.err.replace("\n", "")
    said = shell("export", NAME, "--format", "csv", "--to", str(tmp_path / "again"), "--json")
    assert json.loads(said.out)["warnings"] == ["label: pandas reads 'NA'"]


def test_an_older_version_comes_from_the_remote_and_nothing_in_the_clone_is_touched(house, consumer, capsys, tmp_path):
    before = consumer.git("status", "--porcelain")
    said = Shell(consumer.root, capsys)(
        "export", NAME, "--rev", "v1.0.0", "--format", "hub", "--to", str(tmp_path / "hub"), "--json"
    )
    assert said.status == 0, said.err
    facts = json.loads(said.out)
    assert (facts["dataset"], facts["version"], facts["format"]) == (NAME, "v1.0.0", "hub")
    assert facts["commit"] == consumer.git("rev-parse", f"{NAME}@v1.0.0^{{}}")
    train = facts["files"]["data/train-00000-of-00001.parquet"]
    assert train["rows"] == pl.read_parquet(tmp_path / "hub/data/train-00000-of-00001.parquet").height
    described = json.loads((tmp_path / "hub/croissant.json").read_text())
    assert described["version"] == "1.0.0" and described["datePublished"]
    assert described["distribution"][0]["sha256"] == train["sha256"]
    assert consumer.git("status", "--porcelain") == before
    assert not list(consumer.root.rglob("*.parquet"))


def test_data_that_are_nowhere_are_a_clear_error(consumer, capsys, tmp_path):
    consumer.set_remote(tmp_path / "gone", local=True)
    complaint = Shell(consumer.root, capsys).refuse("export", NAME, "--to", str(tmp_path / "out"))
    assert "in DVC's cache" in complaint and "to do: " in complaint
    assert not (tmp_path / "out").exists()


def test_what_lies_in_the_workspace_is_exported_under_its_own_name(house, capsys, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(house.root, copy, symlinks=True)
    said = Shell(copy, capsys)("export", NAME, "--rev", "workspace", "--format", "csv")
    assert said.status == 0
    assert sorted(path.name for path in (copy / f"{NAME}-workspace-csv").iterdir()) == [
        "README.md",
        "train.csv",
        "validation.csv",
    ]
    assert "unpublished files of the workspace" in (copy / f"{NAME}-workspace-csv/README.md").read_text()
    (copy / f"{FOLDER}/train.parquet").unlink()
    assert "train.parquet is not here" in Shell(copy, capsys).refuse("export", NAME, "--rev", "workspace", "--to", "x")


def test_with_real_rows_the_training_file_and_its_script_are_written(house, shell, tmp_path):
    said = shell("export", NAME, "--with-real", "--to", str(tmp_path / "out"))
    assert said.status == 0, said.err
    assert said.out.endswith(f"exported {NAME} v1.0.1 as training\n")
    training = pl.read_ndjson(tmp_path / "out/training.jsonl")
    train = pl.read_parquet(house.root / f"{FOLDER}/train.parquet")
    assert training.filter(source="synthetic")["text"].to_list() == train["text"].to_list()
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"train.py", "held-out.jsonl", "README.md"}


def test_bad_commands_say_what_was_found(shell, tmp_path):
    assert "--with-real writes no csv" in shell.refuse("export", NAME, "--with-real", "--format", "csv")
    assert "'xlsx' is not one of 'jsonl', 'csv', 'hub'" in shell.refuse("export", NAME, "--format", "xlsx")
    assert "has no version '9.9.9'" in shell.refuse("export", NAME, "--rev", "9.9.9")
    assert "no version" in shell.refuse("export", "shop-entailment")
    (tmp_path / "mine").write_text("mine")
    assert "exists already" in shell.refuse("export", NAME, "--to", str(tmp_path))
    assert (tmp_path / "mine").read_text() == "mine"
