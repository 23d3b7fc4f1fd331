"""Events: a run tells Prefect, and so every automation, what became of the dataset; its name says it to people."""

import json
from contextlib import chdir

import pytest
from prefect import get_client

from flows.synthesize import synthesize
from pedigree.errors import GateError
from pedigree.recipe.yaml_file import load_recipe, set_keys
from tests.support.demanding_suite import demand_rows
from tests.support.make_published import NAME, SMALL
from tests.support.repository import settle


@pytest.fixture
def heard(prefect, monkeypatch):
    """Every event that is emitted."""
    events = []
    import tasks.ui.events

    def listen(**event):
        json.dumps(event["payload"])
        events.append(event)

    monkeypatch.setattr(tasks.ui.events, "emit_event", listen)
    return events


@pytest.fixture
def house(tmp_path):
    house = settle(tmp_path / "work")
    set_keys(house.root / f"recipes/{NAME}.yaml", SMALL)
    house.git("commit", "-qam", "a smaller recipe")
    return house


def list_runs():
    with get_client(sync_client=True) as client:
        return sorted(client.read_flow_runs(), key=lambda run: run.created, reverse=True)


@pytest.mark.full
def test_a_version_is_announced_with_its_key_figures_and_names_its_run(heard, house):
    with chdir(house.root):
        synthesize(NAME, rows=80, branch="main")
    [event] = heard
    assert event["event"] == "dataset.published"
    assert event["resource"]["prefect.resource.id"] == f"pedigree.dataset.{NAME}"
    said = event["payload"]
    assert (said["dataset"], said["version"], said["change"], said["rows"]) == (NAME, "v1.0.0", "first", 80)
    assert sum(said["labels"].values()) == 80 and said["models"] == ["offline/template"] and said["cost_usd"] == 0
    assert said["commit"] == house.git("rev-parse", f"{NAME}@v1.0.0^{{commit}}")
    assert list_runs()[0].name == f"{NAME}: v1.0.0 (first)"
    # What the form changed is in the recipe, and published with the version.
    assert load_recipe(house.root / f"recipes/{NAME}.yaml").rows == 80
    assert "rows: 80" in house.git("show", f"{NAME}@v1.0.0:recipes/{NAME}.yaml")

    heard.clear()
    with chdir(house.root):
        synthesize(NAME)
    assert heard == [] and list_runs()[0].name == f"{NAME}: unchanged"


@pytest.mark.full
def test_a_rejected_dataset_is_announced_and_the_run_says_gate_figure_and_limit(heard, house):
    demand_rows(house.root, 50)
    with chdir(house.root), pytest.raises(GateError):
        synthesize(NAME)
    [event] = heard
    assert event["event"] == "dataset.rejected"
    assert event["payload"]["failed"][0]["limit"] == 50 and event["payload"]["why"]
    run = list_runs()[0]
    assert run.state.type.value == "FAILED"
    assert "GateError: the data failed a gate" in run.state.message and "(limit 50)" in run.state.message


def test_another_branch_than_the_deployments_is_refused_before_anything_is_asked(heard, house):
    house.git("switch", "-qc", "elsewhere")
    with chdir(house.root), pytest.raises(Exception, match="elsewhere"):
        synthesize(NAME, rows=90, branch="main")
    assert not (house.root / ".pedigree/ledger").exists() or not list((house.root / ".pedigree/ledger").glob("*"))
    assert load_recipe(house.root / f"recipes/{NAME}.yaml").rows == 60
    assert heard == []
