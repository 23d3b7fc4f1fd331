"""What a form or a command line changes is written into the recipe, or nothing is."""

import pytest

from pedigree.errors import GateError, RecipeError
from pedigree.recipe.overrides import Overrides, apply_overrides
from pedigree.recipe.yaml_file import load_recipe
from pedigree.workspace import Workspace
from tests.support.workspaces import make_workspace


@pytest.fixture
def pets(tmp_path):
    make_workspace(tmp_path)
    return Workspace(tmp_path)


def test_values_take_the_place_of_the_recipes_own_and_comments_stay(pets):
    path = pets.recipe_path("pets")
    path.write_text("# about pets\n" + path.read_text())
    with apply_overrides(pets, "pets", Overrides(rows=77, model="openai/gpt-4o-mini", budget_usd=1.5)):
        pass
    recipe = load_recipe(path)
    assert (recipe.rows, recipe.budget.usd) == (77, 1.5)
    assert {generator.model for generator in recipe.generators} == {"openai/gpt-4o-mini"}
    assert path.read_text().startswith("# about pets\n")


def test_a_section_that_the_recipe_lacks_is_added(pets):
    path = pets.recipe_path("pets")
    path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.startswith("budget")))
    with apply_overrides(pets, "pets", Overrides(budget_usd=0.25)):
        assert load_recipe(path).budget.usd == 0.25


def test_none_keeps_the_recipe_and_zero_is_a_value(pets):
    before = load_recipe(pets.recipe_path("pets"))
    with apply_overrides(pets, "pets", Overrides()):
        assert load_recipe(pets.recipe_path("pets")) == before
    with apply_overrides(pets, "pets", Overrides(budget_usd=0.0)):
        assert load_recipe(pets.recipe_path("pets")).budget.usd == 0.0


def test_a_wrong_value_changes_nothing_and_names_its_line(pets):
    before = pets.recipe_path("pets").read_bytes()
    with (
        pytest.raises(RecipeError, match=r"pets\.yaml, line .*generators\.0\.model"),
        apply_overrides(pets, "pets", Overrides(rows=9, model="")),
    ):
        raise AssertionError("nothing runs")
    assert pets.recipe_path("pets").read_bytes() == before


def test_a_run_that_may_not_begin_leaves_the_recipe_as_it_was(pets):
    before = pets.recipe_path("pets").read_bytes()
    with pytest.raises(GateError), apply_overrides(pets, "pets", Overrides(rows=88)):
        assert load_recipe(pets.recipe_path("pets")).rows == 88
        raise GateError("not now")
    assert pets.recipe_path("pets").read_bytes() == before
