"""Dates, truth values and missing values of a model's answer."""

from datetime import date

import pytest

from pedigree.curation.field_values import Rejection, ValueReader
from pedigree.dataset.rejects import make_rejects
from pedigree.dataset.schemas import candidates_schema
from pedigree.generation.row_schema import describe_field, row_schema
from pedigree.ids import canonical_json
from pedigree.recipe.schema import Recipe
from tests.support.make_candidates import make_recipe

RECIPE = make_recipe(
    fields={
        "due": {"type": "date", "min": "2024-01-01", "max": "2024-12-31"},
        "paid": {"type": "boolean", "missing": 0.25},
        "kind": {"type": "category", "values": ["NA", "EU"], "missing": 0.1},
        "price": {"type": "number", "min": 0, "missing": 0.5, "unit": "EUR", "means": "of one"},
    },
)
GOOD = {"due": "2024-02-29", "paid": True, "kind": "EU", "price": 2}


def read(**changes):
    return ValueReader(RECIPE).read(GOOD | changes, "cat", ())


@pytest.mark.parametrize(
    ("changes", "values"),
    [
        ({}, (date(2024, 2, 29), True, "EU", 2.0)),
        ({"due": " 2024-12-31T00:00:00Z", "paid": "No", "price": None}, (date(2024, 12, 31), False, "EU", None)),
        ({"paid": 0, "price": "n/a"}, (date(2024, 2, 29), False, "EU", None)),
        ({"paid": "", "kind": "NA", "price": float("nan")}, (date(2024, 2, 29), None, "NA", None)),
        ({"kind": " null ", "price": "0"}, (date(2024, 2, 29), True, None, 0.0)),
    ],
)
def test_read(changes, values):
    assert read(**changes) == values


@pytest.mark.parametrize(
    ("changes", "reason", "detail"),
    [
        ({"due": None}, "empty", "due is null"),
        ({"due": "NA"}, "wrong-type", 'due is "NA", not a date as YYYY-MM-DD'),
        ({"due": "2024-02-30"}, "wrong-type", 'due is "2024-02-30", not a date as YYYY-MM-DD'),
        ({"due": "20240229"}, "wrong-type", 'due is "20240229", not a date as YYYY-MM-DD'),
        ({"due": "2024-02-28T12:30:00"}, "wrong-type", 'due is "2024-02-28T12:30:00", not a date as YYYY-MM-DD'),
        ({"due": 45000}, "wrong-type", "due is 45000, not a date as YYYY-MM-DD"),
        ({"due": "2023-12-31"}, "out-of-range", "due is 2023-12-31, wanted at least 2024-01-01 and at most 2024-12-31"),
        ({"paid": "maybe"}, "wrong-type", 'paid is "maybe", not true or false'),
        ({"paid": 2}, "wrong-type", "paid is 2, not true or false"),
        ({"price": "unknown"}, "wrong-type", 'price is "unknown", not a number'),
    ],
)
def test_a_value_of_another_kind_is_told(changes, reason, detail):
    assert read(**changes) == Rejection(reason, detail)


def test_a_row_without_any_value_is_empty():
    recipe = make_recipe(fields={"age": {"type": "integer", "missing": 0.5}, "on": {"type": "date", "missing": 0.5}})
    assert ValueReader(recipe).read({"age": None, "on": ""}, "cat", ()) == Rejection("empty", "every field is null")


def test_a_reject_shows_dates_as_text_and_missing_values_as_null():
    import polars as pl

    values = dict(zip(RECIPE.fields, read(price=None), strict=True))
    row = {"row_id": "r", "label": "cat", "generator": "g", "reason": "why", "detail": "this", **values}
    frame = pl.DataFrame([row], {**candidates_schema(RECIPE), "reason": pl.String, "detail": pl.String})
    assert make_rejects(frame, RECIPE)["candidate"].item() == canonical_json(
        {"due": "2024-02-29", "paid": True, "kind": "EU", "price": None}
    )


def test_the_model_is_told_unit_dates_and_what_may_be_missing():
    assert [describe_field(field) for field in RECIPE.fields.values()] == [
        "a date as YYYY-MM-DD from 2024-01-01 to 2024-12-31",
        "null if it is not known, as in 0.25 of all rows; true or false",
        'null if it is not known, as in 0.1 of all rows; one of ["NA", "EU"]',
        "of one, in EUR; null if it is not known, as in 0.5 of all rows; a number from 0",
    ]


def test_the_schema_of_an_answer_allows_null_where_a_value_may_be_missing():
    class OnlyRecipe:
        recipe = RECIPE

    [row] = [row_schema(OnlyRecipe, 3)["properties"]["rows"]["items"]]
    assert row["properties"] == {
        "due": {"type": "string"},
        "paid": {"type": ["boolean", "null"]},
        "kind": {"type": ["string", "null"], "enum": ["NA", "EU", None]},
        "price": {"type": ["number", "null"]},
    }
    assert row["required"] == list(RECIPE.fields)


def test_a_recipe_is_tabular_if_no_field_is_a_text():
    assert RECIPE.tabular
    assert not make_recipe(fields={"age": {"type": "integer"}, "why": {}}).tabular


def test_keys_of_tables_at_their_defaults_are_not_written():
    plain = RECIPE.model_dump(mode="json")
    assert plain["fields"]["due"] == {
        **{"type": "date", "means": "", "min_chars": 1, "max_chars": 2000, "values": []},
        **{"min": "2024-01-01", "max": "2024-12-31"},
    }
    assert Recipe.model_validate(plain) == RECIPE


@pytest.mark.parametrize(
    "price", ["1,200", "1.000,5", "12%", "2 EUR", "~3", "2-3", "1/2", "0x10", "1_000", "Infinity", [2], {"value": 2}]
)
def test_a_number_in_another_form_is_a_reject_with_what_was_found(price):
    assert read(price=price) == Rejection("wrong-type", f"price is {canonical_json(price)}, not a number")
    assert read(price="1.2E-2")[3] == 0.012 and read(price=" +3. ")[3] == 3.0
