"""The main job: a recipe becomes a published version, offline; what changes costs what it must and no more."""

import json
from contextlib import chdir
from shutil import copytree

import polars as pl
import pytest
from prefect import get_client

from flows.synthesize import synthesize
from pedigree.errors import GateError
from pedigree.ledger.ledger import Ledger
from pedigree.recipe.yaml_file import set_keys
from tests.support.demanding_suite import demand_rows
from tests.support.repository import Household, settle

NAME = "support-tickets"
TABLES = [f"data/{NAME}/{name}.parquet" for name in ("prompts", "completions", "train", "validation", "rejects")]
FILES = [
    *TABLES,
    "dvc.lock",
    *(
        f"data/{NAME}/{name}"
        for name in (
            *("gates.json", "distribution.json", "metrics.json", "manifest.json", "report.html"),
            *("README.md", "croissant.json"),
        )
    ),
]


EVENTS: list[dict] = []  # what the first run tells Prefect


def run(house: Household, dataset: str = NAME, **options):
    with chdir(house.root):
        return synthesize(dataset, **options)


def count_held(house: Household) -> int:
    return len(Ledger(house.root / ".pedigree/ledger"))


def read_splits(house: Household) -> dict[str, str]:
    frames = {split: pl.read_parquet(house.root / f"data/{NAME}/{split}.parquet") for split in ("train", "validation")}
    return {row: split for split, frame in frames.items() for row in frame["row_id"]}


@pytest.fixture(scope="module")
def published(prefect, tmp_path_factory):
    """A workspace with version 1.0.0 of 240 rows, and what its run came to; no classifier is tested on them."""
    house = settle(tmp_path_factory.mktemp("first") / "work")
    set_keys(house.root / f"recipes/{NAME}.yaml", {"rows": 240, "held_out": None})
    house.git("commit", "-qam", "a smaller recipe")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tasks.ui.events.emit_event", lambda **event: EVENTS.append(event))
        return house, run(house)


@pytest.fixture
def house(published, tmp_path):
    """A copy of that workspace, to change."""
    return Household(copytree(published[0].root, tmp_path / "work"))


def test_a_run_makes_exactly_the_rows_wanted_and_one_version(published):
    house, outcome = published
    assert (outcome.rows, outcome.version, outcome.change) == (240, f"{NAME}@v1.0.0", "first")
    rows = pl.concat(
        [pl.read_parquet(house.root / f"data/{NAME}/{split}.parquet") for split in ("train", "validation")]
    )
    shares = json.loads((house.root / f"data/{NAME}/distribution.json").read_text())["labels"]
    counts = dict(rows["label"].value_counts().iter_rows())
    assert counts == {label["label"]: label["wanted"] for label in shares} and sum(counts.values()) == 240
    assert all(abs(label["deviation"]) < 0.005 for label in shares)
    assert house.git("cat-file", "-t", outcome.version) == "tag"
    assert house.git("status", "--porcelain") == ""


def test_its_version_is_announced_and_names_its_run(published):
    [event] = EVENTS
    assert (event["event"], event["resource"]["prefect.resource.id"]) == (
        "dataset.published",
        f"pedigree.dataset.{NAME}",
    )
    said = event["payload"]
    assert (said["version"], said["change"], said["rows"], said["cost_usd"]) == ("v1.0.0", "first", 240, 0)
    with get_client(sync_client=True) as client:
        assert f"{NAME}: v1.0.0 (first)" in {run.name for run in client.read_flow_runs()}


def test_every_row_leads_back_to_its_completion_and_prompt(published):
    house, _ = published
    prompts, completions, train = (
        pl.read_parquet(house.root / f"data/{NAME}/{name}.parquet") for name in ("prompts", "completions", "train")
    )
    assert set(train["completion_id"]) <= set(completions["completion_id"]) == set(prompts["completion_id"])
    row = train.row(0, named=True)
    answer = completions.filter(completion_id=row["completion_id"]).row(0, named=True)["text"]
    assert row["text"] in answer.encode().decode("unicode_escape", "ignore") or row["text"][:20] in answer


def test_the_dials_of_the_offline_model_give_rejects_of_many_kinds(published):
    house, _ = published
    rejects = pl.read_parquet(house.root / f"data/{NAME}/rejects.parquet")
    assert rejects["reason"].n_unique() >= 6
    assert rejects["detail"].null_count() == 0


def test_a_second_run_pays_nothing_and_makes_no_version(published):
    house, first = published
    again = run(house)
    assert (again.asked_now, again.version) == (0, None)
    assert house.git("tag") == first.version and house.git("status", "--porcelain") == ""


@pytest.mark.full  # test_publish.py and test_consuming.py hold it of smaller versions
def test_a_clone_pulls_the_same_bytes_and_dvc_runs_nothing(published, tmp_path):
    house, _ = published
    clone = house.clone(tmp_path / "clone")
    clone.run("dvc", "pull", "-q")
    assert clone.read(*FILES) == house.read(*FILES)
    clone.run("dvc", "repro", "-q")
    assert clone.git("status", "--porcelain") == ""
    assert "Data and pipelines are up to date" in clone.run("dvc", "status").stdout
    assert not (clone.root / ".pedigree/ledger").exists()


@pytest.mark.full
def test_dvc_repro_without_cache_and_ledger_makes_what_the_flow_made(published, tmp_path):
    house, _ = published
    clone = house.clone(tmp_path / "clone")
    clone.run("dvc", "repro", "-q", "--force")
    assert clone.read(*FILES) == house.read(*FILES)
    assert clone.git("status", "--porcelain") == ""


@pytest.mark.full
def test_another_threshold_of_a_screen_runs_the_free_stages_only(house):
    held = count_held(house)
    set_keys(house.root / f"recipes/{NAME}.yaml", {"screens.near_duplicate": 0.7})
    said = house.run("dvc", "repro").stdout
    assert [name for name in ("generate", "curate", "validate", "measure") if f"Running stage '{name}@" in said] == [
        "curate",
        "validate",
        "measure",
    ]
    assert count_held(house) == held


@pytest.mark.full
def test_edited_code_and_an_unrelated_template_pay_nothing(house):
    held = count_held(house)
    with (house.root / "pedigree/curation/text_screens.py").open("a") as file:
        file.write("\n# a remark\n")
    (house.root / "prompts/another.j2").write_text("{% block user %}x{% endblock %}")
    before = house.read(*TABLES)
    house.run("dvc", "repro", "-q")
    assert count_held(house) == held and house.read(*TABLES) == before


@pytest.mark.full
def test_more_rows_pay_for_those_only(house):
    held = count_held(house)
    before = read_splits(house)
    set_keys(house.root / f"recipes/{NAME}.yaml", {"rows": 340})
    outcome = run(house)
    assert (outcome.rows, outcome.version, outcome.change) == (340, f"{NAME}@v1.1.0", "minor")
    assert outcome.asked_now == count_held(house) - held
    after = read_splits(house)
    assert {row: after.get(row) for row in before} == before  # base rows keep ids and splits
    assert json.loads((house.root / f"data/{NAME}/manifest.json").read_text())["base"] == f"{NAME}@v1.0.0"
    labels = json.loads((house.root / f"data/{NAME}/distribution.json").read_text())["labels"]
    assert all(label["kept"] == label["wanted"] for label in labels)
    # 100 rows at 10 a call, an eighth or so rejected, and up to one call more for each label
    assert 10 <= outcome.asked_now <= 24


@pytest.mark.full
def test_what_was_pulled_is_not_paid_for_again(published, tmp_path):
    house, _ = published
    clone = house.clone(tmp_path / "clone")
    clone.run("dvc", "pull", "-q")
    assert run(clone).asked_now == 0


def test_a_failed_gate_publishes_nothing_and_says_which(house, monkeypatch):
    heard, held = [], count_held(house)
    monkeypatch.setattr("tasks.ui.events.emit_event", lambda **event: heard.append(event))
    demand_rows(house.root, 30)
    with pytest.raises(GateError, match="class floor") as raised:
        run(house)
    assert raised.value.exit_status == 1
    assert house.git("tag") == f"{NAME}@v1.0.0" and count_held(house) == held
    assert "30" in (house.root / f"data/{NAME}/gates.json").read_text()
    assert [(event["event"], event["payload"]["failed"][0]["limit"]) for event in heard] == [("dataset.rejected", 30)]


@pytest.mark.full
def test_rows_of_two_fields_go_the_same_way(prefect, tmp_path):
    house = settle(tmp_path / "work")
    outcome = run(house, "shop-entailment", publish_version=False)
    train = pl.read_parquet(house.root / "data/shop-entailment/train.parquet")
    assert outcome.rows == 300 and train.columns[:4] == ["row_id", "premise", "hypothesis", "label"]
