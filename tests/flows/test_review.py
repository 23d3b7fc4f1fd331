"""Review decisions make the next version: run and 'dvc repro' agree, nothing is paid twice, the trace shows them."""

import json
from shutil import copytree

import polars as pl
import pytest

from flows import stages
from pedigree.errors import LinkError
from pedigree.ledger.ledger import Ledger
from pedigree.provenance.trace import trace_row
from pedigree.recipe.yaml_file import set_keys
from pedigree.report.export.csv_sheet import read_sheet
from pedigree.versions.growth import note_growth
from pedigree.workspace import Workspace
from tasks.verify import verify
from tests.support.cli_runner import run_main
from tests.support.make_published import NAME, copy_small, publish_again
from tests.support.make_review_sheets import fill_sheet
from tests.support.repository import Household

TABLES = [f"data/{NAME}/{name}.parquet" for name in ("train", "validation", "rejects")]
RING = {
    "billing-dispute": "refund-request", "refund-request": "delivery-problem", "delivery-problem": "product-defect",
    "product-defect": "billing-dispute",
}  # fmt: skip
FILE = f"data/reviews/{NAME}/review.jsonl"


def read_rows(house):
    frames = (pl.read_parquet(house.root / path).with_columns(split=pl.lit(path)) for path in TABLES[:2])
    return {row["row_id"]: (row["label"], row["split"]) for frame in frames for row in frame.to_dicts()}


def count_held(house):
    return len(Ledger(house.root / ".pedigree/ledger"))


def judge(line):
    """Reject a third of the rows, relabel a third, accept the rest, and all rejects."""
    said = {"who": "Ann", "why": "=1+1"}
    if line["what"] == "reject" or line["label"] not in RING:
        return {**said, "decision": "accept"}
    relabel = {"decision": "relabel", "new_label": RING[line["label"]]}
    return {**said, **[{"decision": "reject"}, relabel, {"decision": "accept"}][int(line["id"][:8], 16) % 3]}


def review(house, fill=judge, **options):
    """Write a sheet, fill it in, and take it, as people do on the shell; return the decisions that count."""
    (house.root / "sheet.csv").unlink(missing_ok=True)
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    assert not run_main(house.root, "review", NAME, "--to", "sheet.csv", *words)
    fill_sheet(house.root / "sheet.csv", fill, "cp1252", ";")
    assert not run_main(house.root, "review", NAME, "--take", "sheet.csv")
    return {line.cells["id"]: line.cells for line in read_sheet(house.root / "sheet.csv").lines}


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory):
    """Version 1.0.0, what it held, the sheet that was filled in, and the version that followed."""
    house = copy_small(tmp_path_factory, tmp_path_factory.mktemp("reviewed") / "work")
    before = read_rows(house)
    said = review(house, rows=30, rejects=5)
    held = count_held(house)
    stages.curate(Workspace(house.root), NAME)  # as 'dvc repro' does
    assert count_held(house) == held
    curated = {path: (house.root / path).read_bytes() for path in TABLES}
    return (
        house,
        before,
        said,
        curated,
        publish_again(house, **{"gates.label_precision": 0, "held_out": None}),  # people found many labels wrong
    )


@pytest.fixture
def house(reviewed, tmp_path):
    """A copy of that workspace, to change."""
    return Household(copytree(reviewed[0].root, tmp_path / "work"))


def test_the_next_version_has_exactly_its_rows_and_every_decision_holds(reviewed):
    house, before, said, _, tag = reviewed
    after = read_rows(house)
    assert tag == f"{NAME}@v1.1.0" and len(after) == len(before) == 60
    for row_id, line in said.items():
        if line["decision"] == "reject":
            assert row_id not in after
        elif line["decision"] == "relabel":
            assert after[row_id][0] == line["new_label"]
        elif line["what"] == "row":
            assert after[row_id][0] == line["label"]
    assert all(after[id][1] == split for id, (_, split) in before.items() if id in after)
    assert {line["decision"] for line in said.values()} == {"accept", "reject", "relabel"}


def test_dvc_repro_curates_with_the_review_and_asks_for_nothing(reviewed):
    house, _, said, curated, *_ = reviewed
    rejects = pl.read_parquet(curated[TABLES[2]])
    rejected = {id for id, line in said.items() if line["decision"] == "reject"}
    assert set(rejects.filter(reason="review")["row_id"]) == rejected
    assert set(rejects.filter(reason="review")["detail"]) == {"Ann: =1+1"}
    assert house.run("dvc", "status").stdout.strip().endswith("up to date.")


@pytest.mark.full
def test_a_review_is_no_reason_to_ask_until_a_run_makes_what_it_left_lacking(house):
    reject = {"decision": "reject", "who": "Bo", "why": "no"}
    held = count_held(house)
    review(house, lambda line: reject, rows=25, rejects=0)
    assert sorted(json.loads(house.run("dvc", "status", "--json").stdout)) == [
        f"{stage}@{NAME}" for stage in ("curate", "measure", "validate")
    ]
    house.run("dvc", "repro")
    gates = json.loads((house.root / f"data/{NAME}/gates.json").read_text())
    assert not gates["passed"] and len(read_rows(house)) < 60 and count_held(house) == held
    assert publish_again(house) == f"{NAME}@v1.2.0"
    assert len(read_rows(house)) == 60
    assert count_held(house) > held  # what was rejected is lacking, and was asked for


@pytest.mark.full
def test_a_grown_version_keeps_its_reviewed_base_and_can_be_reviewed_again(house):
    base = read_rows(house)
    workspace = Workspace(house.root)
    set_keys(workspace.recipe_path(NAME), {"rows": 80})
    assert note_growth(workspace, NAME).version == "v1.1.0"
    publish_again(house)
    grown = read_rows(house)
    assert len(grown) == 80 and base.items() <= grown.items()
    said = review(house, lambda line: judge(line) if line["id"] in base else None, rows=60, rejects=0)
    publish_again(house)
    again = read_rows(house)
    gone = {id for id, line in said.items() if line["decision"] == "reject"}
    assert len(again) == 80 and gone and not gone & again.keys()
    assert all(again[id][1] == split for id, (_, split) in grown.items() if id in again)
    assert verify.fn(workspace, NAME).rows == 80


@pytest.mark.full
def test_verify_holds_and_finds_a_review_that_was_changed(house):
    assert verify.fn(Workspace(house.root), NAME, "v1.1.0").version == f"{NAME}@v1.1.0"
    manifest = json.loads((house.root / f"data/{NAME}/manifest.json").read_text())
    assert FILE in manifest["inputs"] and FILE in house.git("ls-files", "data").split()
    path = house.root / FILE
    path.write_text(path.read_text().replace('"decision":"accept"', '"decision":"reject"', 1))
    with pytest.raises(LinkError, match=f"inputs: {FILE}"):
        verify.fn(Workspace(house.root), NAME)


@pytest.mark.full
def test_trace_shows_what_people_decided(reviewed):
    house, _, said, *_ = reviewed
    workspace = Workspace(house.root)
    for decision in ("relabel", "reject"):
        row_id = next(id for id, line in said.items() if line["decision"] == decision)
        (shown,) = trace_row(workspace, row_id, "v1.1.0", NAME)["review"]
        assert (shown["decision"], shown["who"], shown["why"]) == (decision, "Ann", "=1+1")
        text = house.run("pedigree", "trace", row_id[:16]).stdout
        line = said[row_id]
        what = f"relabel from {line['label']} to {line['new_label']}" if decision == "relabel" else "reject"
        assert f"review      {what}, Ann: =1+1" in text
        assert json.loads(house.run("pedigree", "trace", row_id[:16], "--json").stdout)["review"] == [shown]
    untouched = next(id for id in read_rows(house) if id not in said)
    assert trace_row(workspace, untouched, None, NAME)["review"] == []


def test_the_report_says_how_many_people_looked_and_what_they_found(reviewed):
    house, _, said, *_ = reviewed
    found = json.loads((house.root / f"data/{NAME}/metrics.json").read_text())["review"]
    rows = [line["decision"] for line in said.values() if line["what"] == "row"]
    assert found["rows"] == {decision: rows.count(decision) for decision in ("accept", "relabel", "reject")}
    (sample,) = found["samples"]
    at_random = [line["decision"] for line in said.values() if line["drawn"].startswith("at random")]
    assert (sample["drawn"], sample["right"]) == (len(at_random), at_random.count("accept"))
    page = (house.root / f"data/{NAME}/report.html").read_text()
    assert "Review by people" in page and f"Of {sample['drawn']} rows drawn at random" in page


@pytest.mark.full
def test_a_sheet_that_is_there_is_not_written_over(house):
    (house.root / "mine.csv").write_text("mine")
    done = house.run("pedigree", "review", NAME, "--to", "mine.csv", check=False)
    assert done.returncode == 2 and "mine.csv is there already" in done.stderr
    assert (house.root / "mine.csv").read_text() == "mine"
    done = house.run("pedigree", "review", NAME, "--take", "mine.csv", check=False)
    assert done.returncode == 2 and "no column id" in done.stderr
