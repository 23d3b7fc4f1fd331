"""Refresh: a version grows by more of the same; where what is added drifts, nothing is published."""

import json
from contextlib import chdir
from shutil import copytree

import pytest
from prefect.exceptions import CancelledRun, ParameterTypeError
from rich.console import Console

from flows import stages
from flows.refresh import refresh
from pedigree.dataset.results import GateResults, read_result
from pedigree.errors import GateError, WorkspaceError
from pedigree.ledger.ledger import Ledger
from pedigree.models.offline.model import answer
from pedigree.recipe.yaml_file import load_recipe, set_keys
from pedigree.versions.growth import count_grown_rows
from pedigree.workspace import Workspace
from tests.support.cancel_run import cancel_when_asked
from tests.support.fake_endpoint import Endpoint, said
from tests.support.make_published import NAME, SMALL, copy_small, publish_again
from tests.support.repository import Household, settle


class Provider:
    """Answers as the offline model does, until somebody changes it under its name."""

    def __init__(self):
        self.changed, self._asked = False, 0

    def answer(self, body: dict) -> dict:
        self._asked += 1
        rows = json.loads(answer(body["messages"], {}, self._asked).text)["rows"]
        speak = (lambda text: text.replace("e", "ae")) if self.changed else str
        return said(json.dumps({"rows": [{"text": speak(row["text"])} for row in rows]}))


@pytest.fixture(scope="module")
def provider():
    """A provider and where it listens."""
    provider = Provider()
    with Endpoint(provider.answer) as endpoint:
        provider.url = endpoint.url
        yield provider


@pytest.fixture(scope="module")
def published(prefect, provider, tmp_path_factory):
    """A workspace with version 1.0.0 of 60 rows of that provider."""
    house = settle(tmp_path_factory.mktemp("refreshed") / "work")
    own = {"model": "openai/fake", "api_base": provider.url, "prices": {"input": 0.1, "output": 0.1}}
    own["parameters"] = {"max_tokens": 1500}
    set_keys(
        house.root / f"recipes/{NAME}.yaml",
        {**SMALL, **{f"generators.{place}.{key}": own[key] for place in range(3) for key in own}},
    )
    house.git("commit", "-qam", "a smaller recipe")
    publish_again(house)
    return house


@pytest.fixture
def provided(published, provider, tmp_path):
    """A copy of that workspace, to change; its provider is the old one."""
    provider.changed = False
    return Household(copytree(published.root, tmp_path / "work"))


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A workspace with version 1.0.0 of 60 rows of the offline model."""
    return copy_small(tmp_path_factory, tmp_path_factory.mktemp("small") / "work")


@pytest.fixture
def house(prefect, small, tmp_path):
    """A copy of that workspace, to change."""
    return Household(copytree(small.root, tmp_path / "work"))


def grow(house: Household, *arguments, **options):
    with chdir(house.root):
        return refresh(NAME, *arguments, **options)


def read_gates(house: Household) -> dict[str, bool]:
    gates = read_result(GateResults, house.root / f"data/{NAME}/gates.json").gates
    return {gate.name.removeprefix("drift: "): gate.passed for gate in gates if gate.name.startswith("drift: ")}


def test_more_of_the_same_is_published_as_the_next_version(house):
    outcome = grow(house, 40)
    assert (outcome.rows, outcome.version, outcome.change) == (100, f"{NAME}@v1.1.0", "minor")
    assert read_gates(house) == dict.fromkeys(("labels", "labels as read", "lengths", "vocabulary", "diversity"), True)
    assert house.git("status", "--porcelain") == ""
    flow_made = (house.root / f"data/{NAME}/gates.json").read_bytes()
    stages.validate(Workspace(house.root), NAME, Console(quiet=True))  # as 'dvc repro' does
    assert (house.root / f"data/{NAME}/gates.json").read_bytes() == flow_made


@pytest.mark.full
def test_a_provider_that_changed_its_model_is_stopped_and_what_was_paid_is_kept(provided, provider):
    house = provided
    provider.changed = True
    for _ in range(2):  # started again by its schedule, it pays for nothing and says the same
        with pytest.raises(GateError, match=r"drift: vocabulary 0\.\d+ \(limit 0\.05\)"):
            grow(house, 60)
        held = len(Ledger(house.root / ".pedigree/ledger"))
        provider.changed = False
    assert house.git("tag") == f"{NAME}@v1.0.0"
    assert load_recipe(house.root / f"recipes/{NAME}.yaml").rows == 120
    assert len(Ledger(house.root / ".pedigree/ledger")) == held


@pytest.mark.full
def test_cancelling_ends_it_as_cancelled_and_it_goes_on_from_there(provided, provider):
    house = provided
    with Endpoint(provider.answer, seconds=0.5) as slow:
        at = {f"generators.{place}.api_base": slow.url for place in range(3)}
        set_keys(house.root / f"recipes/{NAME}.yaml", at)
        cancel_when_asked(slow, f"{NAME}: 300 more rows", after=2)
        with pytest.raises(CancelledRun, match="no further requests are sent"):
            grow(house, 300)
        asked = len(slow.requests)
        held = len(Ledger(house.root / ".pedigree/ledger"))
    assert house.git("tag") == f"{NAME}@v1.0.0"
    set_keys(house.root / f"recipes/{NAME}.yaml", dict.fromkeys(at, provider.url))
    assert grow(house, 300).asked_now == len(Ledger(house.root / ".pedigree/ledger")) - held
    assert 2 <= asked < 100


def test_the_rows_to_come_to_are_counted_from_the_version_and_not_from_the_recipe(house):
    workspace = Workspace(house.root)
    set_keys(workspace.recipe_path(NAME), {"rows": 75})
    assert count_grown_rows(workspace, NAME, 40) == 100
    # as a run that was stopped leaves the recipe
    set_keys(workspace.recipe_path(NAME), {"rows": 100, "grown_from": [{"version": "v1.0.0", "rows": 60}]})
    assert count_grown_rows(workspace, NAME, 40) == 100


def test_a_recipe_that_differs_in_more_than_rows_does_not_grow(house):
    set_keys(house.root / f"recipes/{NAME}.yaml", {"task": "What do they want?", "generators.0.model": "openai/other"})
    with pytest.raises(WorkspaceError) as raised:
        grow(house)
    assert raised.value.found == f"recipes/{NAME}.yaml is not as {NAME}@v1.0.0 has it: task, generators"
    assert f"'pedigree run {NAME}' makes a version of the recipe as it is" in raised.value.hint


def test_a_dataset_without_a_version_does_not_grow(house):
    with chdir(house.root), pytest.raises(WorkspaceError, match="'pedigree run shop-entailment' makes the first"):
        refresh("shop-entailment")


@pytest.mark.parametrize("rows", [0, -5, 100_001])
def test_rows_out_of_range_are_refused_by_the_form(house, rows):
    with pytest.raises(ParameterTypeError, match="more_rows: Input should be"):
        grow(house, rows)
