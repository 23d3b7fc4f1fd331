"""The first difference is named by row, column and both values."""

import polars as pl
import pytest

from pedigree.provenance.table_diff import find_difference, find_value_difference

TABLE = pl.DataFrame({"id": ["a", "b", "c"], "text": ["one", "two", None]})


def test_equal_tables_do_not_differ_whatever_their_order():
    assert find_difference(TABLE, TABLE.reverse().select("text", "id"), ["id"]) is None


@pytest.mark.parametrize(
    ("given", "where", "message"),
    [
        (TABLE.with_columns(text=pl.lit("two")), "id a", "text is 'two', not 'one'"),
        (TABLE.head(2), "id c", "it is missing"),
        (pl.concat([TABLE, TABLE[1]]), "id b", "it should not be here"),
        (TABLE.with_columns(more=1), "", "the column more should not be"),
        (TABLE.drop("text"), "", "the column text should be"),
    ],
)
def test_the_first_difference_is_named(given, where, message):
    difference = find_difference(given, TABLE, ["id"])
    assert (difference.where("id"), difference.message) == (where, message)


def test_long_texts_are_shown_around_their_first_difference():
    difference = find_difference(pl.DataFrame({"id": ["x" * 500 + "y"]}), pl.DataFrame({"id": ["x" * 500 + "z"]}), [])
    assert difference.message == f"id is ...{'x' * 20 + 'y'!r}..., not ...{'x' * 20 + 'z'!r}..."


@pytest.mark.parametrize(
    ("found", "expected", "message"),
    [
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}, None),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, "a.1.b is 2, not 3"),
        ({"a": [1]}, {"a": [1, 2]}, "a.1 is absent, not 2"),
        ({"a": 1, "b": None}, {"a": 1}, "b is None, not absent"),
        ({"a": 1}, {"a": True}, "a is 1, not True"),
        (1.5, 2.5, "the value is 1.5, not 2.5"),
    ],
)
def test_values_of_json_are_compared_by_path(found, expected, message):
    assert find_value_difference(found, expected) == message
