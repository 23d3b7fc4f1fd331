"""A recipe with labels_per_row: its sets, what is wrong with one, and that other recipes stay as they were."""

import pytest
from pydantic import ValidationError

from pedigree.recipe.schema import Recipe
from tests.support.make_candidates import make_recipe
from tests.support.make_label_sets import LABELS, PER_ROW, SEVERAL


def make(**changes):
    return make_recipe(**{**SEVERAL, **changes})


def test_the_sets_take_the_place_of_labels_and_the_recipe_stays_as_it_was_written():
    recipe = make(rows=200)
    assert list(recipe.single_labels) == list(LABELS) and recipe.labels.keys() == recipe.targets.keys()
    assert sum(recipe.targets.values()) == 200 and sum(one.share for one in recipe.labels.values()) == pytest.approx(1)
    assert sum(rows for name, rows in recipe.targets.items() if "food" in name.split(" + ")) == 100
    assert recipe.labels["food"].means == "what was eaten"
    assert (
        recipe.labels["food + service"].means
        == "all of these at once: food: what was eaten; service: how the staff was"
    )
    written = recipe.model_dump(mode="json")
    assert written["labels"].keys() == LABELS.keys() and Recipe.model_validate(written) == recipe


def test_a_recipe_of_one_label_a_row_has_no_trace_of_the_key():
    recipe = make_recipe()
    assert recipe.labels is recipe.single_labels
    assert "labels_per_row" not in recipe.model_dump() and "single_labels" not in recipe.model_dump()


def test_a_grown_dataset_keeps_the_rows_wanted_of_each_set():
    grown = make(rows=60, grown_from=[{"version": "v1.0.0", "rows": 20}])
    first, last = grown.steps
    assert {name: rows for name, rows in first.items() if rows} == make().targets
    assert all(first[name] <= rows for name, rows in last.items()) and sum(last.values()) == 60


JUDGE = {"name": "second", "model": "offline/template"}
MODEL = {"model": "offline/template", "rows_per_call": 4}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"labels_per_row": {**PER_ROW, "min": 4}}, "min 4 is above max 3"),
        ({"labels_per_row": {"max": 5}}, "max is 5, and there are 4 labels"),
        ({"labels_per_row": {**PER_ROW, "sizes": {4: 0.5}}}, "sizes names 4, which is not from min 1 to max 3"),
        ({"labels_per_row": {"max": 2, "sizes": {1: 0.5, 2: 0.4}}}, "the shares of sizes sum to 0.9, not to 1"),
        ({"labels_per_row": {"max": 3, "sizes": {"one": 1}}}, "sizes.one"),
        ({"labels_per_row": {"max": 3, "co_occurrence": {"food + foot": 0.1}}}, "'foot' is no label of this recipe"),
        ({"labels_per_row": {"max": 3, "co_occurrence": {"food": 0.1}}}, "does not name two or more different labels"),
        ({"labels_per_row": {"max": 3, "co_occurrence": {"food + food": 0.1}}}, "two or more different labels"),
        (
            {"labels_per_row": {"max": 3, "co_occurrence": {"food + room": 0.1, "room + food": 0.2}}},
            "'room + food' and 'food + room' are the same combination",
        ),
        ({"labels_per_row": {"max": 3, "co_occurrence": {"food + room": 1.2}}}, "less than or equal to 1"),
        ({"labels_per_row": {"max": 1}}, "sum to 1.5, which is the mean number of labels a row, and a row has 1"),
        (
            {"labels_per_row": {"max": 3, "sizes": {1: 0.8, 2: 0.1, 3: 0.1}}},
            "sum to 1.5, which is the mean number of labels a row, and the sizes make 1.3 labels a row",
        ),
        ({"labels_per_row": {"max": 3, "co_occurrence": {"food + room": 0.4}}}, "room 0.3 and co_occurrence"),
        ({"labels": {**LABELS, "a + b": {"share": 0.1, "means": "x"}}}, "'a + b' holds ' + ', which joins labels"),
        ({"labels": {**LABELS, "no label": {"share": 0.1, "means": "x"}}}, "is the name of rows without a label"),
        ({"labels_per_row": None}, "sum to 1.5, not to 1; where a row may have several labels, add 'labels_per_row'"),
        ({"fields": {"labels": {}}}, "a field is named 'labels', as the column of a row's labels"),
        ({"judges": [JUDGE]}, "judge 'second' asks 'relabel': where rows have several labels, ask 'labels'"),
        (
            {"judges": [{**JUDGE, "question": "labels", "on": "doubted"}], "seeds": "data/x.jsonl"},
            "doubted rows, which are not found where rows have several labels",
        ),
        ({"generators": [{**MODEL, "strategy": "borderline", "mix": [0.7]}]}, "borderline"),
        ({"generators": [{**MODEL, "strategy": "failures"}], "seeds": "data/x.jsonl"}, "not go with labels_per_row"),
        ({"real": "data/x.jsonl"}, "real rows cannot be part of a dataset with several labels a row yet"),
        ({"weights": "imp", "seeds": "data/x.jsonl"}, "weights 'imp' are computed for one label a row"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_in_a_sentence(changes, says):
    with pytest.raises(ValidationError) as failed:
        make(**changes)
    told = " ".join([*(error["msg"] for error in failed.value.errors()), str(failed.value)])
    assert says in told


def test_a_judge_of_several_labels_does_not_go_with_one_label_a_row():
    with pytest.raises(ValidationError, match="asks for several labels of a row, and rows have one: ask 'relabel'"):
        make_recipe(judges=[{**JUDGE, "question": "labels"}])
