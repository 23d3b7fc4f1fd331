"""Slots of a recipe: what is wrong is an error that names its place, and recipes without slots keep their hashes."""

import pytest
from pydantic import ValidationError

from pedigree.recipe.labels_and_fields import Label
from pedigree.recipe.schema import Recipe
from tests.support.make_candidates import PAIR, make_recipe
from tests.support.marked_texts import LABELS, MARKED, SLOTS


def use(*slots):
    return {**LABELS, "cat": {**LABELS["cat"], "slots": list(slots)}}


@pytest.mark.parametrize(
    "changes, says",
    [
        ({"slots": {}}, "label 'cat' uses the slot 'from_city': the recipe has no slots"),
        (
            {"labels": use("from_city", "to_city", "time")},
            "uses the slot 'time': the slots are from_city, to_city, day",
        ),
        ({"labels": use("from_city", "to_city")}, "no label uses the slot 'day'"),
        ({"labels": use("from_city", "to_city", "day", "day?")}, "label 'cat' names the slot 'day' twice"),
        ({"slots": {**SLOTS, "day": {"values": []}}}, "an empty list: name some values"),
        ({"slots": {**SLOTS, "day": {}}}, "neither values nor means"),
        ({"slots": {**SLOTS, "day": {"means": " "}}}, "neither values nor means"),
        ({"slots": {**SLOTS, "day": {"values": ["May", "may"]}}}, "'May' and 'may' are the same value"),
        ({"slots": {**SLOTS, "day": {"values": ["é", "e\u0301"]}}}, "are the same value"),
        ({"slots": {**SLOTS, "day": {"values": ["May "]}}}, "has spaces at an end"),
        ({"slots": {**SLOTS, "day": {"values": ["[May]"]}}}, "holds a bracket"),
        ({"slots": {**SLOTS, "day": {"values": ["a\nb"]}}}, "a line break"),
        ({"slots": {**SLOTS, "day": {"values": ["x" * 401]}}}, "has 401 characters, and a text at most 400"),
        ({"slots": {**SLOTS, "to_city": {"values": ["x" * 399]}}}, "take 408 characters, a text at most 400"),
        (
            {"slots": {**SLOTS, "from_city": {"values": ["Rome"]}, "to_city": {"values": ["rome"]}}},
            "two slots of label 'cat' have one value, and both the same",
        ),
        ({"slots": {**SLOTS, "Day": {"means": "a day"}}}, "'Day' is no slot name"),
        ({"slots": {**SLOTS, "day of": {"means": "a day"}}}, "'day of' is no slot name"),
        ({"slots": {**SLOTS, "day": {"means": "a day", "value": []}}}, "Extra inputs are not permitted"),
        ({"fields": PAIR}, "a row has 2 fields of type text: keep one"),
        ({"fields": {"text": {}, "spans": {"type": "integer"}}}, "a field is named 'spans'"),
        ({"screens": {"pii": "mask"}}, "pii: mask changes a text after its spans were read"),
        (
            {"judges": [{"name": "j", "model": "offline/template", "on_disagreement": "relabel"}]},
            "judge 'j' changes labels",
        ),
    ],
)
def test_a_mistake_is_told(changes, says):
    with pytest.raises(ValidationError) as error:
        make_recipe(**{**MARKED, **changes})
    assert says in str(error.value)


def test_a_recipe_is_the_same_after_it_was_written_down():
    recipe = make_recipe(**MARKED)
    assert Recipe.model_validate(recipe.model_dump(mode="json")) == recipe


def test_recipes_without_slots_are_written_as_before():
    assert "slots" not in make_recipe().model_dump(mode="json")
    assert "slots" not in Label(share=0.5, means="x").model_dump(mode="json")
