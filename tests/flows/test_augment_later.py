"""What follows an augmented version: a free second run, growth, verification, and what was changed in it is found."""

import json
from shutil import copytree

import polars as pl
import pytest

from flows.synthesize import synthesize
from pedigree.dataset.schemas import read_table, write_table
from pedigree.errors import LinkError, RecipeError
from pedigree.job import open_job
from pedigree.ledger.ledger import Ledger
from pedigree.recipe.yaml_file import load_recipe, set_keys
from pedigree.workspace import Workspace
from tasks.distribution import check_labels
from tasks.forget import find_erasure, forget
from tasks.validate import validate
from tasks.verify import verify
from tests.support.make_augmented import COUNTS, FILLED, REAL, copy_augmented, read_rows, run_flow
from tests.support.make_published import NAME
from tests.support.repository import Household
from tests.support.tampering import Scene

FILES = ["dvc.lock", *(f"data/{NAME}/{name}" for name in ("train.parquet", "validation.parquet", "rejects.parquet",
         "prompts.parquet", "metrics.json", "manifest.json", "gates.json", "report.html", "README.md"))]  # fmt: skip


def count_held(house):
    return len(Ledger(house.root / ".pedigree/ledger"))


@pytest.fixture(scope="module")
def filled(prefect, tmp_path_factory):
    """A workspace with version 1.0.0 of a real set of 75 rows that is filled up."""
    return copy_augmented(tmp_path_factory)


@pytest.fixture
def house(filled, tmp_path):
    """A copy of that workspace, to change."""
    return Household(copytree(filled.root, tmp_path / "work"))


@pytest.mark.full
def test_a_second_run_is_free_and_makes_no_version(house):
    held, before = count_held(house), house.read(*FILES)
    outcome = run_flow(house, real=REAL, fill_to=FILLED)
    assert (outcome.version, outcome.asked_now) == (None, 0)
    assert count_held(house) == held and house.read(*FILES) == before
    assert house.git("status", "--porcelain") == ""


@pytest.mark.full
def test_raising_fill_to_grows_the_version_and_moves_no_row(house):
    before = {row["row_id"]: row["split"] for row in read_rows(house).iter_rows(named=True)}
    outcome = run_flow(house, fill_to=15)
    assert (outcome.version, outcome.rows) == (f"{NAME}@v1.1.0", 16 + 7 * 15)
    after = {row["row_id"]: row["split"] for row in read_rows(house).iter_rows(named=True)}
    assert before.items() <= after.items()
    [base] = load_recipe(Workspace(house.root).recipe_path(NAME)).grown_from
    assert (base.version, base.rows, list(base.targets.values())) == ("v1.0.0", 102, [16, 14, *[12] * 6])
    assert verify.fn(Workspace(house.root), NAME).version == f"{NAME}@v1.1.0"
    assert run_flow(house, fill_to=15).version is None


def test_verify_walks_the_chain_of_real_rows_too(filled):
    assert verify.fn(Workspace(filled.root), NAME, "v1.0.0").rows == 102


def test_a_changed_real_row_is_found(house):
    path = house.root / f"data/{NAME}/train.parquet"
    real = pl.col("row_id") == read_table(path).filter(pl.col("real"))["row_id"][0]
    write_table(read_table(path).with_columns(text=pl.when(real).then(pl.lit("Bought.")).otherwise("text")), path)
    with pytest.raises(LinkError, match=r"train\.parquet"):
        verify.fn(Workspace(house.root), NAME)


def test_a_changed_file_of_real_rows_is_found(house):
    text = (house.root / REAL).read_text()
    (house.root / REAL).write_text(text.replace("I", "We", 1))
    with pytest.raises(LinkError, match=rf"inputs: {REAL}"):
        verify.fn(Workspace(house.root), NAME)


@pytest.mark.parametrize(
    ("column", "poses"),
    [
        pytest.param("real", pl.lit(value=True), marks=pytest.mark.full),
        pytest.param("completion_id", pl.lit(None, pl.String), marks=pytest.mark.full),
        ("text", pl.lit("Made up.")),
    ],
)
def test_what_poses_as_real_is_found_even_where_manifest_and_lock_agree(house, column, poses):
    scene = Scene(house)
    train = scene.table("train")
    one = pl.col("row_id") == train.filter(pl.col("real") == (column == "text"))["row_id"][0]
    scene.write_table(
        "train", train.with_columns(pl.when(one).then(poses).otherwise(column).alias(column)), cunning=True
    )
    with pytest.raises(LinkError, match=r"rows: train\.parquet"):
        verify.fn(Workspace(house.root), NAME)


@pytest.mark.full
def test_dvc_repro_finds_everything_done(house):
    assert "Data and pipelines are up to date" in house.run("dvc", "repro").stdout


@pytest.mark.full
def test_dvc_repro_forced_makes_the_same_files(house):
    before = house.read(*FILES)
    house.run("dvc", "repro", "--force", f"curate@{NAME}", f"validate@{NAME}", f"measure@{NAME}")
    assert house.read(*FILES) == before


@pytest.mark.full
def test_a_real_row_that_is_taken_back_leaves_the_set(house):
    workspace = Workspace(house.root)
    row = read_rows(house).filter(pl.col("real")).sort("position").row(-1, named=True)  # of the rarest label
    job = open_job(workspace, NAME)
    found = find_erasure(job, row["row_id"][:12])
    assert found.row.places == {REAL: (row["position"],)}
    assert [(version.tag, version.row) for version in found.versions] == [(f"{NAME}@v1.0.0", True)]
    forget.fn(job, found)
    assert row["text"] not in (house.root / REAL).read_text()
    set_keys(workspace.recipe_path(NAME), {"generators.1.shots": 3})  # 4 of the rarest label there were
    outcome = run_flow(house, fill_to=FILLED)
    assert outcome.version == f"{NAME}@v1.1.0" and outcome.rows == 102
    rows = read_rows(house)
    assert row["row_id"] not in rows["row_id"] and rows["real"].sum() == sum(COUNTS) - 1


@pytest.mark.full
def test_a_real_row_that_people_reject_is_replaced(house):
    row = read_rows(house).filter(pl.col("real")).sort("position").row(-1, named=True)
    review = house.root / f"data/reviews/{NAME}/review.jsonl"
    review.parent.mkdir(parents=True, exist_ok=True)
    review.write_text(json.dumps({"row_id": row["row_id"], "decision": "reject", "label": row["label"], "who": "Ann"}))
    set_keys(Workspace(house.root).recipe_path(NAME), {"review": f"data/reviews/{NAME}/review.jsonl"})
    outcome = run_flow(house, fill_to=FILLED)
    rows = read_rows(house)
    assert outcome.rows == 102 and rows["real"].sum() == sum(COUNTS) - 1 and row["row_id"] not in rows["row_id"]
    assert rows.filter(label=row["label"]).height == FILLED


def test_a_recipe_that_would_drop_real_rows_is_refused_before_anything_is_paid_for(house):
    held = count_held(house)
    with pytest.raises(RecipeError, match="holds more rows than are wanted of a label: 16 of billing-dispute"):
        run_flow(house, synthesize, rows=60)
    assert count_held(house) == held and load_recipe(Workspace(house.root).recipe_path(NAME)).rows == 102


def test_a_real_row_that_is_missing_fails_a_gate(house):
    job, path = open_job(Workspace(house.root), NAME), house.root / f"data/{NAME}/train.parquet"
    train = read_table(path)
    gone = train.filter(pl.col("real"))["row_id"][0]
    write_table(train.filter(pl.col("row_id") != gone), path)
    [gate] = [gate for gate in validate.fn(job, check_labels.fn(job)).failed if gate.name == "real rows"]
    assert gate.failing_row_ids == [gone]


@pytest.mark.full
def test_two_versions_are_told_apart_and_the_mark_is_no_field(house):
    run_flow(house, fill_to=13)
    told = json.loads(house.run("pedigree", "diff", NAME, "v1.0.0", "v1.1.0", "--json").stdout)
    assert (
        told["rows"]["fields"] == ["text"] and told["rows"]["moved"]["count"] == told["rows"]["removed"]["count"] == 0
    )
    assert told["rows"]["added"]["count"] == sum(max(0, 13 - max(count, FILLED)) for count in COUNTS)
