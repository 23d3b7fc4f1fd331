"""Which rows fill the floors of scenarios, where more were made than are wanted."""

import polars as pl

from pedigree.curation.scenarios.reserved_rows import list_reserved
from pedigree.recipe.schema import Recipe
from tests.support.workspaces import RECIPE

STRAY = {"name": "stray", "means": "a stray", "floor": 4}
RECIPE_WITH = Recipe.model_validate({**RECIPE, "rows": 20, "scenarios": [STRAY]})
ROWS = pl.DataFrame(
    [(f"{label}{n}", maker, label) for n in range(4) for label in ("cat", "dog")
        for maker in (["zero-shot-stray"] if n < 3 else ["zero-shot"])],
    {"row_id": pl.String, "generator": pl.String, "label": pl.String}, orient="row",
)  # fmt: skip


def test_the_first_rows_of_each_label_fill_it():
    assert list_reserved(ROWS, RECIPE_WITH, RECIPE_WITH.targets, []) == ["cat0", "dog0", "cat1", "dog1"]


def test_rows_that_people_accepted_fill_it_before_others_and_other_rows_never_do():
    assert list_reserved(ROWS, RECIPE_WITH, RECIPE_WITH.targets, ["dog2", "cat3"]) == ["dog2", "cat0", "dog0", "cat1"]


def test_without_scenarios_no_row_is_reserved():
    plain = Recipe.model_validate({**RECIPE, "rows": 20})
    assert list_reserved(ROWS, plain, plain.targets, ["cat0"]) == []
