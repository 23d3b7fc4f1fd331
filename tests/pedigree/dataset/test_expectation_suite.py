import json
from pathlib import Path

import pytest

from pedigree.dataset.expectation_suite import list_parameters, load_suite
from pedigree.errors import SuiteError
from pedigree.recipe.schema import Recipe

SUITE = Path(__file__).parents[3] / "expectations/text-classification.json"
UNIQUE = {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "row_id"}}
LENGTH = {
    "type": "expect_column_value_lengths_to_be_between",
    "kwargs": {"column": {"$PARAMETER": "column"}, "max_value": {"$PARAMETER": "max_chars"}},
    "meta": {"each": "text"},
}


def make_recipe(**fields) -> Recipe:
    return Recipe.model_validate(
        {
            "dataset": "notes",
            "task": "What is it?",
            "labels": {"b": {"share": 0.25, "means": "b"}, "a": {"share": 0.75, "means": "a"}},
            "fields": fields or {"text": {}},
            "rows": 40,
            "generators": [{"model": "offline/template"}],
        }
    )


def load(tmp_path: Path, *expectations, recipe: Recipe | None = None):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"name": "mine", "expectations": expectations}), encoding="utf-8")
    return load_suite(path, recipe or make_recipe())


def test_parameters_are_filled_at_any_depth(tmp_path):
    nested = {
        "type": "expect_x",
        "kwargs": {"deep": [{"in": {"$PARAMETER": "shares"}}], "rows": {"$PARAMETER": "rows"}},
    }
    (check,) = load(tmp_path, nested)
    assert check.configuration["kwargs"] == {"deep": [{"in": {"b": 0.25, "a": 0.75}}], "rows": 40}
    assert check.configuration["type"] == "expect_x"


def test_each_makes_one_expectation_a_field(tmp_path):
    recipe = make_recipe(
        premise={"max_chars": 300}, hypothesis={"max_chars": 160}, tone={"type": "category", "values": ["x", "y"]}
    )
    checks = load(tmp_path, LENGTH, UNIQUE, recipe=recipe)
    assert [check.configuration["kwargs"] for check in checks] == [
        {"column": "premise", "max_value": 300},
        {"column": "hypothesis", "max_value": 160},
        {"column": "row_id"},
    ]
    assert [check.name for check in checks] == [
        "column value lengths to be between: premise",
        "column value lengths to be between: hypothesis",
        "column values to be unique: row_id",
    ]


def test_numbers_without_limits_are_held_to_nothing(tmp_path):
    recipe = make_recipe(text={}, age={"type": "integer", "min": 0}, price={"type": "number"})
    (check,) = load(
        tmp_path,
        {"type": "expect_x", "kwargs": {"c": {"$PARAMETER": "column"}}, "meta": {"each": "number"}},
        recipe=recipe,
    )
    assert check.configuration["kwargs"] == {"c": "age"}


def test_compared_are_the_text_fields_or_else_all():
    assert list_parameters(make_recipe(age={"type": "integer"}, text={}))["compared_fields"] == ["text"]
    assert list_parameters(make_recipe(age={"type": "integer"}))["compared_fields"] == ["age"]


@pytest.mark.parametrize(
    "fields",
    [
        {"text": {}},
        {"premise": {}, "hypothesis": {}},
        {"age": {"type": "integer", "min": 0}, "kind": {"type": "category", "values": ["x", "y"]}},
    ],
)
def test_our_suite_suits_recipes_of_any_fields(fields):
    checks = load_suite(SUITE, make_recipe(**fields))
    names = [check.name for check in checks]
    assert len(set(names)) == len(names)
    assert {f"nulls: {field}" for field in fields} < set(names)
    assert "$PARAMETER" not in json.dumps([check.configuration["kwargs"] for check in checks])


@pytest.mark.parametrize(
    ("expectation", "found"),
    [
        ("expect_it", "expectation 1: no type"),
        ({"kwargs": {}}, "expectation 1: no type"),
        ({**UNIQUE, "severty": "critical"}, "expectation 1 (expect_column_values_to_be_unique): unknown key 'severty'"),
        ({**UNIQUE, "kwargs": ["row_id"]}, "(expect_column_values_to_be_unique): kwargs is a list"),
        ({**UNIQUE, "meta": "each"}, "(expect_column_values_to_be_unique): meta is a str"),
        ({**UNIQUE, "meta": {"each": "fields"}}, "(expect_column_values_to_be_unique): \"each\": 'fields'"),
        ({**UNIQUE, "meta": {"each": ["text"]}}, "(expect_column_values_to_be_unique): \"each\": ['text']"),
        ({"type": "expect_x", "kwargs": {"a": {"$PARAMETER": "lables"}}}, "(expect_x): unknown $PARAMETER 'lables'"),
        ({"type": "expect_x", "kwargs": {"a": [{"b": {"$PARAMETER": 3}}]}}, "(expect_x): unknown $PARAMETER 3"),
        ({**LENGTH, "meta": {}}, "unknown $PARAMETER 'column'"),
    ],
)
def test_a_broken_expectation_is_named(tmp_path, expectation, found):
    with pytest.raises(SuiteError) as error:
        load(tmp_path, expectation)
    assert found in error.value.found
    assert error.value.found.startswith(str(tmp_path / "mine.json"))
    assert error.value.expected


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (None, "no such suite"),
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b'{"expectations": [NaN]}', "not JSON: NaN is no JSON value"),
        (b"[]", "not a suite"),
        (b'{"name": "mine"}', "not a suite"),
        (b'{"name": "mine", "expectations": []}', "no expectations"),
        (b"[" * 100_000, "nested too deep"),
        (b" " * 1_000_001, "1,000,001 bytes"),
    ],
)
def test_a_broken_file_is_named(tmp_path, content, found):
    path = tmp_path / "mine.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SuiteError) as error:
        load_suite(path, make_recipe())
    assert error.value.found.startswith(f"{path}: {found}")


def test_a_real_row_needs_no_completion():
    plain = make_recipe()
    real = plain.model_copy(update={"real": "data/seeds/notes/real.jsonl"})
    names, others = ({check.name for check in load_suite(SUITE, recipe)} for recipe in (plain, real))
    assert names - others == {"nulls: completion_id"} and others - names == {"nulls: real"}


def test_a_column_that_not_every_row_has_a_value_in_is_not_checked_for_nulls(tmp_path):
    nulls = {"type": "expect_x", "kwargs": {"column": {"$PARAMETER": "column"}}, "meta": {"each": "column"}}
    recipe = Recipe.model_validate(
        make_recipe().model_dump() | {"judges": [{"name": "one", "model": "m"}], "real": "data/real.csv"}
    )
    columns = [check.configuration["kwargs"]["column"] for check in load(tmp_path, nulls, recipe=recipe)]
    assert {"real", "weight"} <= {*columns} and not {"agreed", "completion_id"} & {*columns}
