"""Checks between fields: which expressions are read, what they compute, and what is refused."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pedigree.recipe.tables.checks import describe_rules
from pedigree.recipe.tables.expressions import compile_check
from tests.support.make_candidates import make_recipe

TYPES = {
    **{"start": "date", "end": "date", "price": "number", "count": "integer", "total": "number", "order": "integer"},
    **{"licence": "boolean", "kind": "category", "date": "date"},
}
ROW = {
    **{"start": date(2024, 1, 1), "end": date(2024, 2, 1), "price": 19.99, "count": 3, "total": 59.97, "order": 2},
    **{"licence": False, "kind": "pro", "date": date(2024, 1, 5), "label": "cat"},
}


def compute(check, **changes):
    compiled = compile_check(check, TYPES)
    return pl.DataFrame([ROW | changes]).select(holds=compiled.holds)["holds"].item()


@pytest.mark.parametrize(
    ("check", "holds"),
    [
        ("end >= start", True),
        ("END < start or kind = 'pro'", None),
        ("total = price * count", True),
        ("total == 3 * price", True),
        ("total = price", False),
        ("count = order + 1", True),
        ("not (count < 18 and licence)", True),
        ("date between '2024-01-01' and start + interval '5 days'", True),
        ("date >= DATE '2025-01-01'", False),
        ("case when licence then count > 5 else end > start end", True),
        ("label <> 'dog' and kind in ('pro', 'free')", True),
        ("year(start) = 2024 and abs(price - 20) < 0.1", True),
        ("kind like 'p%' and length(kind) = 3", True),
        ("greatest(count, order) = 3", True),
    ],
)
def test_an_expression_is_computed_on_typed_values(check, holds):
    if holds is None:
        with pytest.raises(ValueError, match="no field 'END'"):
            compute(check)
    else:
        assert compute(check) is holds


def test_a_missing_value_makes_a_check_unknown():
    assert compute("end >= start", end=None) is compute("total = price * count", price=None) is None
    assert compute("end is null or end >= start", end=None) is True


@pytest.mark.parametrize(
    ("check", "found"),
    [
        ("", "it names no field"),
        ("1 = 1", "it names no field"),
        ("prise > 1", r"no field 'prise' \(at character 1\); 'price' is meant"),
        ("count > 1; drop table rows", "';' at character 10"),
        ("count in (select 1)", r"no field 'select' \(at character 11\)"),
        ("read_csv('/etc/passwd') = count", r"no function 'read_csv' \(at character 1\)"),
        ("repeat(kind, 1000000000) = 'a'", "no function 'repeat'"),
        ("count(price) > 1", r"no function 'count' \(at character 1\)"),
        ("sum(price) > 1", "no function 'sum'"),
        ("count", "a value of type Int64, not true or false"),
        ("count >", r"can't be read as SQL: .*\(it ends at character 7\)"),
        ("kind > 1", "it can't be computed"),
        ("end - start > 5", "two dates are subtracted at character 5"),
        ("kind = 'open", "at character 8 can't stand there"),
        ('"end" > start', "'\"' at character 1"),
        ("count::text = 'a'", "':' at character 6"),
        ("count = 1 -- and more", r"no field 'more' \(at character 18\)"),
        ("(" * 200 + "count = 1" + ")" * 200, "can't be read as SQL"),
        ("count = 1 and " * 40 + "count = 1", "569 characters; at most 500"),
    ],
)
def test_what_is_no_check_is_refused_with_its_place(check, found):
    with pytest.raises(ValueError, match=found):
        compile_check(check, TYPES)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([*TYPES, "(", ")", "and", "not", "=", "<", "-", "1", "'a'", "case", "end", "when"])))
def test_any_words_give_a_check_or_a_reason(words):
    try:
        compiled = compile_check(" ".join(words), TYPES)
    except ValueError as error:
        assert str(error)
    else:
        assert pl.DataFrame([ROW]).select(compiled.holds.alias("holds"))["holds"].dtype == pl.Boolean


FIELDS = {"age": {"type": "integer"}, "town": {"type": "category", "values": ["a", "b"]}}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"checks": ["age > 1", "years > 1"]}, "check 'years > 1': no field 'years'"),
        ({"checks": [{"check": "age"}]}, "not true or false"),
        ({"depends": {"country": ["town"]}}, "no field 'country' among age, town"),
        ({"depends": {"town": []}}, "'town' needs other fields that it sets"),
        ({"depends": {"town": ["town"]}}, "'town' needs other fields that it sets"),
        ({"depends": {"age": ["label"]}}, "the label is asked for, not set"),
    ],
)
def test_a_recipe_with_a_wrong_rule_is_refused(changes, found):
    with pytest.raises(ValidationError, match=found):
        make_recipe(fields=FIELDS, **changes)


def test_depends_compares_rows_of_one_language():
    with pytest.raises(ValidationError, match="goes with one language"):
        make_recipe(
            languages={"en": 0.5, "de": 0.5}, language=None, fields={"text": {}, **FIELDS}, depends={"age": ["town"]}
        )


def test_a_model_is_told_each_rule_and_its_meaning():
    recipe = make_recipe(
        fields=FIELDS,
        checks=["age > 1", {"check": "age < 9 or town = 'b'", "means": "the old live in b"}],
        depends={"town + label": ["age"]},
    )
    assert describe_rules(recipe.checks, recipe.depends) == [
        "age > 1",
        "age < 9 or town = 'b' (the old live in b)",
        "rows with the same town and label have the same age",
    ]


def test_recipes_without_rules_are_written_as_before():
    assert not {"checks", "depends"} & make_recipe().model_dump(mode="json").keys()
