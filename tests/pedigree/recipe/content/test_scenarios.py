"""Scenarios of a recipe: the generators that ask for them, how a floor is shared out, and floors that cannot be met."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedigree.ids import sha256_of
from pedigree.recipe.content.scenarios import Scenario, find_quotas, list_plain, list_written
from pedigree.recipe.schema import Recipe
from tests.support.workspaces import RECIPE

STRAY = {"name": "stray", "means": "a stray that nobody owns", "floor": 6}
LABELS = {"cat": {"share": 0.6, "means": "about a cat"}, "dog": {"share": 0.4, "means": "about a dog"}}
PLAIN = {"model": "offline/template", "rows_per_call": 4}


def recipe(**changes):
    return Recipe.model_validate({**RECIPE, "rows": 100, "labels": LABELS, "generators": [PLAIN], **changes})


def test_each_plain_generator_gets_a_copy_for_each_scenario():
    two = [{**PLAIN, "rows_per_call": 10}, {**PLAIN, "name": "topics", "strategy": "topic", "topics": ["naps"]}]
    made = recipe(generators=two, scenarios=[STRAY, {**STRAY, "name": "lost", "floor": 0.1}])
    titles = ["zero-shot", "topics", "zero-shot-stray", "topics-stray", "zero-shot-lost", "topics-lost"]
    assert [one.title for one in made.generators] == titles
    assert [one.rows_per_call for one in made.generators] == [10, 4, 3, 3, 5, 4]  # 6 rows of two labels: 3 a call
    assert (
        [one.title for one in list_plain(made.generators)]
        == [one.title for one in list_written(made.generators)]
        == titles[:2]
    )
    again = Recipe.model_validate(made.model_dump())
    assert again == made and list_written(again.generators) == list_written(made.generators)


def test_a_generator_of_ones_own_for_a_scenario_stands_in_for_the_copies():
    own = {**PLAIN, "name": "strong", "scenario": "stray", "model": "openai/large"}
    made = recipe(generators=[PLAIN, own], scenarios=[STRAY])
    assert (
        [one.title for one in made.generators]
        == ["zero-shot", "strong"]
        == [one.title for one in list_written(made.generators)]
    )


def test_a_recipe_without_scenarios_is_what_it_was():
    made, dumped = recipe(), recipe().model_dump(mode="json")
    assert "scenarios" not in dumped and not any("scenario" in one for one in dumped["generators"])
    assert sha256_of(dumped) == sha256_of(recipe(scenarios=[]).model_dump(mode="json"))
    assert made.generators == list_plain(made.generators)


@pytest.mark.parametrize(
    "floor, labels, quotas",
    [
        (6, [], {("stray", "cat"): 4, ("stray", "dog"): 2}),
        (0.1, [], {("stray", "cat"): 6, ("stray", "dog"): 4}),
        (0.101, ["dog"], {("stray", "dog"): 5}),
        (1, [], {("stray", "cat"): 1}),
    ],
)
def test_a_floor_is_shared_out_by_the_rows_of_its_labels(floor, labels, quotas):
    one = Scenario(name="stray", means="a stray", floor=floor, **({"labels": labels} if labels else {}))
    assert find_quotas([one], {"cat": 60, "dog": 40}) == quotas


@given(
    floors=st.lists(st.one_of(st.integers(1, 200), st.floats(0.01, 0.9)), max_size=4),
    targets=st.fixed_dictionaries({"cat": st.integers(0, 80), "dog": st.integers(0, 80)}),
)
@settings(max_examples=15, deadline=None)
def test_quotas_never_exceed_a_labels_rows(floors, targets):
    scenarios = [Scenario(name=f"s{n}", means="x", floor=floor) for n, floor in enumerate(floors)]
    quotas = find_quotas(scenarios, targets)
    for label, rows in targets.items():
        assert sum(quota for (_, of), quota in quotas.items() if of == label) <= rows
    assert all(quota > 0 for quota in quotas.values())


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"scenarios": [{**STRAY, "floor": 101}]}, "scenario 'stray' is 101 rows, and all labels together get 100"),
        ({"scenarios": [{**STRAY, "floor": 41, "labels": ["dog"]}]}, "'stray' is 41 rows, and label 'dog' gets 40"),
        ({"scenarios": [{**STRAY, "floor": 60}, {**STRAY, "name": "lost", "floor": 0.5}]},
            r"want 66 rows of label 'cat' at least \(stray 36, lost 30\), and it gets 60"),
        ({"scenarios": [STRAY, STRAY]}, "two scenarios have the name 'stray'"),
        ({"scenarios": [{**STRAY, "labels": ["cow"]}]}, "'stray' goes with 'cow', which is no label"),
        ({"scenarios": [{**STRAY, "labels": ["cat", "cat"]}]}, "no list of labels"),
        *(({"scenarios": [{**STRAY, "floor": floor}]}, "a floor is a whole number of rows from 1 on, or a share")
            for floor in (0, -3, 1.5, -0.1, float("nan"), "many", True, None)),
        ({"scenarios": [{**STRAY, "labels": []}]}, "an empty list: name some labels"),
        ({"scenarios": [{**STRAY, "name": "Stray cats"}]}, "name"),
        ({"scenarios": [{**STRAY, "means": "two\nlines"}]}, "no description: one line"),
        ({"scenarios": [{**STRAY, "means": " "}]}, "no description"),
        ({"generators": [{**PLAIN, "scenario": "lost"}], "scenarios": [STRAY]}, "is for scenario 'lost', which"),
        ({"generators": [{**PLAIN, "scenario": "stray"}], "scenarios": [STRAY]}, "none asks for the other rows"),
        ({"generators": [{**PLAIN, "scenario": "stray"}]}, "for scenario 'stray', which the recipe does not have"),
        ({"generators": [PLAIN, {**PLAIN, "name": "zero-shot-stray"}], "scenarios": [STRAY]}, "two generators have"),
        ({"generators": [{**PLAIN, "strategy": "replay", "model": "replay/data/x.jsonl",
            "replay": {"fields": {"text": "said"}}}], "scenarios": [STRAY]}, "replay and failures take none"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_before_anything_is_asked(changes, told):
    with pytest.raises(ValueError, match=told):
        recipe(**changes)
