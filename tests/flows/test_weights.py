"""A recipe that asks for weights: they are in tables, report, card and exports, and verify makes them again."""

import json
from contextlib import chdir

import polars as pl
import pytest
from rich.console import Console

from flows import stages
from pedigree.dataset.schemas import content_sha256, read_table
from pedigree.errors import CommandError, LinkError
from pedigree.job import open_job
from pedigree.metrics.embedder_choice import drop_embeddings
from pedigree.provenance.weight_check import excuse_weights
from pedigree.recipe.yaml_file import set_keys
from pedigree.report.export.rows import export_rows
from pedigree.report.markdown import escape_markdown
from pedigree.usefulness.dataset_trial import sample_job
from pedigree.versions.version_reader import HERE, open_version
from pedigree.workspace import Workspace
from tasks.verify import verify
from tests.support.make_published import NAME, copy_small
from tests.support.tampering import Scene


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A workspace whose recipe was given weights after v1.0.0; nothing is generated anew, nor published."""
    house = copy_small(tmp_path_factory, tmp_path_factory.mktemp("weighted") / "w")
    workspace = Workspace(house.root)
    set_keys(workspace.recipe_path(NAME), {"weights": "imp", "gates.read_distance": 0.9})
    with chdir(house.root):
        stages.curate(workspace, NAME)
        stages.validate(workspace, NAME, Console(quiet=True))
        stages.measure(workspace, NAME)
    return house


def test_the_tables_hold_weights_that_the_students_learn_with(house):
    job = open_job(Workspace(house.root), NAME)
    train, validation = read_table(job.table("train")), read_table(job.table("validation"))
    assert train["weight"].n_unique() > 10 and validation["weight"].unique().to_list() == [1.0]
    means = train.group_by("label").agg(pl.col("weight").mean())["weight"].to_list()
    assert means == pytest.approx([1.0] * len(means), abs=1e-3)
    synthetic, *_ = sample_job(job, train)
    assert synthetic.weights.tolist() == train["weight"].to_list()


def test_report_and_card_say_what_was_tried(house):
    folder = house.root / "data" / NAME
    weights = json.loads((folder / "metrics.json").read_text())["weights"]
    assert weights["used"] == "imp" and list(weights["students"]["TF-IDF"]["tried"]) == ["imp"]
    assert list(weights["held_out"]) == ["TF-IDF"] and weights["held_out"]["TF-IDF"]["macro_f1_interval"]
    page, card = (folder / "report.html").read_text(), (folder / "README.md").read_text()
    assert '<section id="weights">' in page and "the recipe asks for them; macro-F1 on" in page
    assert (
        f"Weights: {escape_markdown(weights['line'])}." in card
        and "the recipe asks for them; macro-F1 on" in card
        and "by the scheme imp; mean 1 within a label" in card
    )


def test_every_export_has_them(house, tmp_path):
    expected = dict(read_table(Workspace(house.root).table(NAME, "train")).select("row_id", "weight").iter_rows())
    side = open_version(Workspace(house.root), NAME, HERE, tmp_path, ("train", "validation"))
    readers = {"csv": ("train.csv", pl.read_csv), "jsonl": ("train.jsonl", pl.read_ndjson),
               "hub": ("data/train-00000-of-00001.parquet", pl.read_parquet)}  # fmt: skip
    for kind, (path, read) in readers.items():
        export_rows(side, kind, tmp_path / kind)
        assert dict(read(tmp_path / kind / path).select("row_id", "weight").iter_rows()) == pytest.approx(expected)


def test_an_export_with_difficulty_has_what_was_measured(house, tmp_path):
    side = open_version(Workspace(house.root), NAME, HERE, tmp_path, ("train", "validation"))
    measured = json.loads((house.root / "data" / NAME / "metrics.json").read_text())["difficulty"]["synthetic"]
    for kind, read in (("csv", pl.read_csv), ("jsonl", pl.read_ndjson)):
        export_rows(side, kind, tmp_path / kind, difficulty=True)
        rows = pl.concat([read(tmp_path / kind / f"{split}.{kind}") for split in ("train", "validation")])
        assert rows.height == measured["rows"]
        shares = {name: (rows["difficulty"] == name).mean() for name in ("easy", "ambiguous", "hard")}
        assert shares == pytest.approx({name: measured[name] for name in shares}, abs=1e-6)
        assert rows["aum"].mean() == pytest.approx(measured["aum"], abs=1e-4)
    with pytest.raises(CommandError, match="--difficulty with --format hub"):
        export_rows(side, "hub", tmp_path / "hub", difficulty=True)


@pytest.mark.full
def test_verify_makes_them_again_and_finds_another(house):
    scene, train = Scene(house), read_table(Workspace(house.root).table(NAME, "train"))
    assert verify.fn(Workspace(house.root), NAME).links["rows"].startswith("the completions give the same rows")
    other = pl.when(pl.int_range(pl.len()) == 0).then(pl.col("weight") + 0.5).otherwise("weight")
    forged = train.with_columns(weight=other)
    scene.write_table("train", forged, cunning=False)
    facts = {"rows": forged.height, "content_sha256": content_sha256(forged, "train")}
    scene.write_manifest(
        lambda manifest: manifest["tables"].update({"train": facts}), cunning=False
    )  # nor is it in dvc.lock
    with pytest.raises(LinkError, match=r"rows: train.parquet, row_id \w+, label .*: weight is"):
        verify.fn(Workspace(house.root), NAME)
    scene.restore()


def test_weights_by_an_embedder_that_is_gone_are_not_compared():
    found = pl.DataFrame({"row_id": ["a", "b", "c"], "weight": [1.0, 2.0, 1.0]})
    rebuilt = pl.DataFrame({"row_id": ["a", "b", "d"], "weight": [1.005, 1.5, 3.0]})
    assert excuse_weights(found, rebuilt, compared=True)["weight"].to_list() == [1.0, 1.5, 3.0]
    assert excuse_weights(found, rebuilt, compared=False)["weight"].to_list() == [1.0, 2.0, 3.0]


def test_without_the_embedder_figures_of_weights_are_not_compared():
    found = drop_embeddings({"weights": {"tried": 1}, "usefulness": {"embeddings": 2, "real": 3}})
    assert found == {"usefulness": {"real": 3}}
