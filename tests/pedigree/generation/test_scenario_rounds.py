"""Rounds ask for what scenarios lack, besides what labels lack, until every floor is reached."""

from collections import Counter

from pedigree.generation.rounds import Rounds
from pedigree.recipe.schema import Recipe
from tests.support.workspaces import RECIPE

STRAY = {"name": "stray", "means": "a stray that nobody owns", "floor": 16}
PLAIN = {"model": "offline/template", "rows_per_call": 4}


def rounds(**changes):
    return Rounds(Recipe.model_validate({**RECIPE, "rows": 80, "generators": [PLAIN], "scenarios": [STRAY], **changes}))


def read(plan):
    return Counter((slot.generator.title, slot.label) for slot in plan.next_round())


def test_the_first_round_asks_for_the_floors_and_fills_up_with_other_rows():
    assert read(rounds()) == {
        ("zero-shot-stray", "cat"): 2, ("zero-shot-stray", "dog"): 2, ("zero-shot", "cat"): 8, ("zero-shot", "dog"): 8,
    }  # fmt: skip


def test_a_full_label_whose_scenario_lacks_rows_is_asked_for_these_alone():
    plan = rounds()
    plan.next_round()
    plan.record({("zero-shot", "cat"): 38, ("zero-shot-stray", "cat"): 3, ("zero-shot", "dog"): 32,
                 ("zero-shot-stray", "dog"): 8})  # fmt: skip
    assert plan.lacking == {"cat": 5} and plan.lacking_scenarios == {("stray", "cat"): 5}
    assert {*read(plan)} == {("zero-shot-stray", "cat")}
    plan.record({("zero-shot-stray", "cat"): 5})
    assert plan.stop.reason == "full"


def test_a_scenario_that_brings_more_than_its_floor_counts_for_its_label():
    plan = rounds()
    plan.next_round()
    plan.record({(name, label): 20 for name in ("zero-shot", "zero-shot-stray") for label in ("cat", "dog")})
    assert plan.stop.reason == "full"


def test_a_scenario_that_no_row_comes_of_ends_the_rounds_and_is_named():
    plan = rounds()
    plan.next_round()
    plan.record({("zero-shot", "cat"): 40, ("zero-shot", "dog"): 40})
    while plan.stop is None:
        assert {name for name, _ in read(plan)} == {"zero-shot-stray"}
        plan.record({})
    assert plan.stop.reason == "not-improving" and plan.number <= 4
    assert "of scenario stray: cat 8; of scenario stray: dog 8" in plan.stop.message


def test_a_scenario_of_one_label_leaves_the_other_alone():
    plan = rounds(scenarios=[{**STRAY, "labels": ["dog"]}])
    assert read(plan) == {("zero-shot", "cat"): 10, ("zero-shot-stray", "dog"): 4, ("zero-shot", "dog"): 6}


def test_each_step_of_a_grown_dataset_has_its_own_share():
    share = {**STRAY, "floor": 0.1}
    plan = rounds(rows=200, scenarios=[share], grown_from=[{"version": "v1.0.0", "rows": 80}])
    asked = read(plan)
    assert asked["zero-shot-stray", "cat"] * 4 == 4
    plan.record({("zero-shot", "cat"): 36, ("zero-shot-stray", "cat"): 4, ("zero-shot", "dog"): 36,
                 ("zero-shot-stray", "dog"): 4})  # fmt: skip
    assert plan.lacking_scenarios == {("stray", "cat"): 6, ("stray", "dog"): 6}
