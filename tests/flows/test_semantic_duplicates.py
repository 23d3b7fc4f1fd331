"""A recipe that rejects rows that say the same in other words: from the run to rejects, report, trace and verify."""

import json
import shutil
from contextlib import chdir

import pytest
from rich.console import Console

from flows import stages
from pedigree.dataset.schemas import read_table
from pedigree.errors import WorkspaceError
from pedigree.job import open_job
from pedigree.provenance.trace import trace_row
from pedigree.provenance.trace_text import format_chain
from pedigree.recipe.yaml_file import set_keys
from pedigree.versions.growth import note_growth
from pedigree.workspace import Workspace
from tasks.check import check_job
from tasks.doctor import run_checks
from tasks.verify import verify
from tests.support.make_published import NAME, copy_small, publish_again
from tests.support.repository import Household
from tests.support.static_model import learn_model, write_model

MODEL = "model2vec/models/own"
KEY = "screens.semantic_duplicate"
SETTINGS = {"embedder": MODEL, "threshold": 0.85}
REASONS = {"semantic-duplicate", "semantic-seed-duplicate", "semantic-held-out-overlap"}


def make_house(tmp_path_factory, name):
    house = copy_small(tmp_path_factory, tmp_path_factory.mktemp(name) / "w")
    learn_model(house.root / "models/own", [one.text for one in open_job(Workspace(house.root), NAME).seeds], 24)
    return house


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A workspace whose recipe was given the screen after v1.0.0: made anew, not published."""
    house = make_house(tmp_path_factory, "semantic")
    workspace = Workspace(house.root)
    set_keys(workspace.recipe_path(NAME), {KEY: SETTINGS, "gates.read_distance": 0.9})
    with chdir(house.root):
        stages.generate(workspace, NAME)
        stages.curate(workspace, NAME)
        stages.validate(workspace, NAME, Console(quiet=True))
        stages.measure(workspace, NAME)
    return house


@pytest.fixture
def copy(house, tmp_path):
    return Household(shutil.copytree(house.root, tmp_path / "w"))


def read_rejects(house):
    rejects = read_table(Workspace(house.root).table(NAME, "rejects"))
    return rejects.filter(rejects["reason"].is_in(sorted(REASONS))).to_dicts()


def read_metrics(house):
    return json.loads((house.root / "data" / NAME / "metrics.json").read_text())


def test_rejects_carry_rival_and_cosine(house):
    job, rejects = open_job(Workspace(house.root), NAME), read_rejects(house)
    tables = [read_table(job.table(name)).drop_nulls("row_id") for name in ("train", "validation", "rejects")]
    labels = {id: label for table in tables for id, label in table.select("row_id", "label").iter_rows()}
    people = {one.id: one.label for one in (*job.seeds, *job.held_out)}
    assert "semantic-duplicate" in {one["reason"] for one in rejects}
    for one in rejects:
        assert 0.85 <= float(one["detail"].removeprefix("cosine ")) <= 1
        rivals = labels if one["reason"] == "semantic-duplicate" else people
        assert rivals[one["rival"]] == one["label"]


def test_report_card_metrics_and_manifest_say_what_it_rests_on(house):
    folder, metrics = house.root / "data" / NAME, read_metrics(house)
    found, manifest = metrics["semantic_duplicates"], json.loads((folder / "manifest.json").read_text())
    assert (found["asked"], found["threshold"], found["why"]) == (0.85, 0.85, "as the recipe says")
    assert sum(found["rejects"].values()) == len(read_rejects(house)) > 0
    assert manifest["embedder"] == found["embedder"] and len(manifest["embedder"]["sha256"]) == 64
    page, card = (folder / "report.html").read_text(), (folder / "README.md").read_text()
    assert "Rows that say the same in other words" in page and MODEL in page and "from a cosine of 0.85 on" in page
    assert "semantic duplicate 0.85 (cosine by" in card


def test_the_stages_lead_to_the_screens_words_in_a_trace(house):
    reject = next(one for one in read_rejects(house) if one["reason"] == "semantic-duplicate")
    text = format_chain(trace_row(Workspace(house.root), reject["row_id"]), styled=False).plain
    assert "semantic-duplicate" in text and reject["detail"] in text and reject["rival"][:12] in text


def test_curating_again_changes_no_byte(copy):
    paths = [Workspace(copy.root).table(NAME, name) for name in ("train", "validation", "rejects")]
    before = [path.read_bytes() for path in paths]
    stages.curate(Workspace(copy.root), NAME)
    assert [path.read_bytes() for path in paths] == before


def test_what_is_missing_is_said_before_anything_is_made(copy):
    job = open_job(Workspace(copy.root), NAME)
    check_job(job)
    shutil.rmtree(copy.root / "models")
    for step in (lambda: check_job(job), lambda: stages.curate(job.workspace, NAME)):
        with pytest.raises(WorkspaceError, match="model2vec/models/own is not on this machine") as caught:
            step()
        assert "the folder models/own in the workspace" in caught.value.expected
    (finding,) = [one for one in run_checks(job.workspace) if one.name == f"embedder of the screens of {NAME}"]
    assert not finding.ok and "is not on this machine" in finding.detail


def test_without_the_screen_nothing_is_told_of_it(tmp_path_factory):
    house = copy_small(tmp_path_factory, tmp_path_factory.mktemp("plain") / "w")
    assert "semantic_duplicates" not in read_metrics(house)
    folder = house.root / "data" / NAME
    assert "embedder" not in json.loads((folder / "manifest.json").read_text())
    assert "semantic duplicate" not in (folder / "README.md").read_text()


@pytest.mark.full
def test_verify_makes_the_decisions_again_and_notices_another_model(copy):
    workspace = Workspace(copy.root)
    assert verify.fn(workspace, NAME).links["rows"].startswith("the completions give the same rows")
    write_model(copy.root / "models/own", {"order": (1, 0), "please": (0, 1)})
    with pytest.raises(WorkspaceError, match="model2vec/models/own is not as it was when it decided on the rows"):
        verify.fn(workspace, NAME)


@pytest.mark.full
def test_a_version_is_verified_by_its_tag_and_grows_with_its_rows_first(tmp_path_factory):
    house = make_house(tmp_path_factory, "grown")
    workspace = Workspace(house.root)
    publish_again(house, **{KEY: SETTINGS | {"threshold": "auto"}, "gates.read_distance": 0.9})
    assert verify.fn(workspace, NAME, rev="latest").links["rows"].startswith("the completions give the same rows")
    before = {id for name in ("train", "validation") for id in read_table(workspace.table(NAME, name))["row_id"]}
    set_keys(workspace.recipe_path(NAME), {"rows": 90})
    assert note_growth(workspace, NAME)
    shutil.copytree(house.root / "models", house.root / "kept")
    write_model(house.root / "models/own", {"order": (1, 0), "please": (0, 1)})
    with pytest.raises(WorkspaceError, match="is not as it was when it decided on the rows"):
        check_job(open_job(workspace, NAME))
    shutil.rmtree(house.root / "models")
    (house.root / "kept").rename(house.root / "models")
    check_job(open_job(workspace, NAME))
    publish_again(house)
    after = {id for name in ("train", "validation") for id in read_table(workspace.table(NAME, name))["row_id"]}
    assert before < after and len(after) == 90
    assert verify.fn(workspace, NAME).version
