"""The form that Prefect draws from a flow: what there is to choose from, which ranges hold, and help for each field."""

from contextlib import chdir

import pytest
from prefect.utilities.callables import parameter_schema

from flows.augment import augment
from flows.evaluate import evaluate
from flows.parameters import list_recipes
from flows.refresh import refresh
from flows.replicate import replicate
from flows.synthesize import synthesize
from tests.support.workspaces import REPOSITORY

FLOWS = [synthesize, augment, refresh, evaluate, replicate]


def draw(flow, folder=REPOSITORY):
    with chdir(folder):
        return parameter_schema(flow).model_dump()["properties"]


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_every_field_has_help_and_a_place(flow):
    fields = draw(flow)
    assert all(field["description"] for field in fields.values())
    assert [field["position"] for field in fields.values()] == list(range(len(fields)))
    assert flow.description


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_a_recipe_is_chosen_from_those_present(flow, tmp_path):
    assert draw(flow)["dataset"]["enum"] == [
        "film-reviews",
        "flights",
        "shop-entailment",
        "shop-messages",
        "support-tickets",
    ]
    assert "enum" not in draw(flow, tmp_path)["dataset"]  # outside of a workspace there is nothing to choose from


def test_numbers_have_ranges_and_every_field_but_the_recipe_a_value():
    fields = draw(synthesize)
    assert (fields["rows"]["minimum"], fields["rows"]["maximum"], fields["rows"]["default"]) == (0, 10_000_000, 0)
    assert (fields["budget_usd"]["minimum"], fields["budget_usd"]["type"]) == (0, "number")
    assert [name for name, field in fields.items() if "default" not in field] == ["dataset"]


def test_how_far_a_real_set_is_filled_up_has_a_range():
    fields = draw(augment)
    assert (fields["fill_to"]["minimum"], fields["fill_to"]["maximum"], fields["fill_to"]["default"]) == (
        0,
        1_000_000,
        0,
    )
    assert (fields["real"]["type"], fields["real"]["default"]) == ("string", "")
    assert [name for name, field in fields.items() if "default" not in field] == ["dataset"]


def test_recipes_are_named_in_order(tmp_path):
    for name in ("b", "a"):
        (tmp_path / "recipes").mkdir(exist_ok=True)
        (tmp_path / f"recipes/{name}.yaml").touch()
    (tmp_path / "prompts").mkdir()
    (tmp_path / "dvc.yaml").touch()
    with chdir(tmp_path):
        assert list_recipes() == ["a", "b"]
