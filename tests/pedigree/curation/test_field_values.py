"""A row's values are read as the recipe types them, or the first thing that is wrong is said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedigree.curation.field_values import Rejection, ValueReader, to_json
from pedigree.curation.json_repair import Repeated
from tests.support.make_candidates import make_recipe

RECIPE = make_recipe(
    labels={"cat": {"share": 0.5, "means": "a cat"}, "big-dog": {"share": 0.5, "means": "a dog"}},
    fields={
        "text": {},
        "mood": {"type": "category", "values": ["Calm", "angry"]},
        "age": {"type": "integer", "min": 0, "max": 30},
        "kilos": {"type": "number"},
    },
)
GOOD = {"text": "Purr.", "mood": "Calm", "age": 3, "kilos": 4.5}


def read(asked="cat", around=(), **changes):
    value = {key: said for key, said in {**GOOD, **changes}.items() if said is not ...}
    return ValueReader(RECIPE).read(value, asked, around)


@pytest.mark.parametrize(
    ("changes", "values"),
    [
        ({}, ("Purr.", "Calm", 3, 4.5)),
        ({"text": "  Cafe\u0301\u00a0 ", "extra": [1]}, ("Café", "Calm", 3, 4.5)),
        ({"text": ..., "TEXT": "Hi"}, ("Hi", "Calm", 3, 4.5)),
        ({"mood": " CALM"}, ("Purr.", "Calm", 3, 4.5)),
        ({"age": 3.0, "kilos": 4}, ("Purr.", "Calm", 3, 4.0)),
        ({"age": "12", "kilos": "-.5e1"}, ("Purr.", "Calm", 12, -5.0)),
        ({"label": "CAT", "Label": None}, ("Purr.", "Calm", 3, 4.5)),
    ],
)
def test_read(changes, values):
    assert read(**changes) == values


@pytest.mark.parametrize("said", ["Big Dog", "big_dog", "BIGDOG", " big-dog "])
def test_a_label_may_drift_in_case_and_joints(said):
    assert read(asked="big-dog", LABEL=said) == ("Purr.", "Calm", 3, 4.5)


@pytest.mark.parametrize(
    ("changes", "reason", "detail"),
    [
        ({"label": "big dog"}, "wrong-label", 'says "big dog", asked for cat'),
        ({"label": "hamster"}, "wrong-label", 'says "hamster", asked for cat'),
        ({"label": ["cat"]}, "wrong-label", 'says ["cat"], asked for cat'),
        ({"around": ("Big_Dog", "rows")}, "wrong-label", 'stands under "Big_Dog", asked for cat'),
        ({"text": ...}, "missing-field", 'no text; the keys are ["mood","age","kilos"]'),
        ({"text": ..., "Text": "a", "TEXT": "b"}, "missing-field", 'no text; both "Text" and "TEXT" could be it'),
        ({"text": None}, "empty", "text is null"),
        ({"text": " \n"}, "empty", "text is empty"),
        ({"text": ["a"]}, "wrong-type", "text is an array, not a text"),
        ({"text": 7}, "wrong-type", "text is a number, not a text"),
        ({"text": "a\0b"}, "malformed", "text holds U+0000"),
        ({"text": "a\ud800"}, "malformed", "text holds U+D800"),
        ({"mood": "sad"}, "wrong-type", 'mood is "sad", not one of Calm, angry'),
        ({"age": True}, "wrong-type", "age is true, not a number"),
        ({"age": "three"}, "wrong-type", 'age is "three", not a number'),
        ({"age": 3.5}, "wrong-type", "age is 3.5, not a whole number"),
        ({"age": 31}, "out-of-range", "age is 31, wanted at least 0 and at most 30"),
        ({"kilos": float("nan")}, "wrong-type", "kilos is nan, not a finite number"),
        ({"kilos": 10**299}, None, None),
    ],
)
def test_faults(changes, reason, detail):
    found = read(**changes)
    assert (found == Rejection(reason, detail)) if reason else found[3] == 1e299


def test_whole_numbers_fit_a_table():
    recipe = make_recipe(fields={"n": {"type": "integer"}})
    assert ValueReader(recipe).read({"n": 2**63 - 1}, "cat", ()) == (2**63 - 1,)
    assert ValueReader(recipe).read({"n": str(2**63 - 1)}, "cat", ()) == (2**63 - 1,)
    assert ValueReader(recipe).read({"n": 2**63}, "cat", ()).reason == "out-of-range"


def test_what_is_no_object_is_no_row():
    assert ValueReader(RECIPE).read("Purr.", "cat", ()).detail == 'a text in place of an object: "Purr."'
    assert ValueReader(RECIPE).read(Repeated(GOOD), "cat", ()).reason == "malformed"


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*GOOD, "TEXT", "label"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(st.characters(codec=None))
        | st.lists(st.none()),
    )
)
def test_any_object_is_a_row_or_a_fault_that_a_table_can_hold(value):
    found = ValueReader(RECIPE).read(value, "cat", ())
    detail = found.detail if isinstance(found, Rejection) else found[0]
    assert (detail + to_json(value)).encode("utf-8")
