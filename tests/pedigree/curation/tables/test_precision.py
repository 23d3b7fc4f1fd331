"""Rows that are equal but for the precision in which their numbers are printed."""

import polars as pl
import pytest

from pedigree.curation.tables.precision import PrintedRows, count_decimals
from pedigree.recipe.labels_and_fields import TypedField

FIELDS = {
    "radius": TypedField(type="number"),
    "area": TypedField(type="number"),
    "smooth": TypedField(type="number"),
    "count": TypedField(type="integer"),
    "site": TypedField(type="category", values=["left", "right"]),
}
PEOPLE = [
    {"radius": 14.23, "area": 1001.0, "smooth": 0.1184, "count": 3, "site": "left"},
    {"radius": 11.5, "area": 402.75, "smooth": 0.0961, "count": 3, "site": "left"},
    {"radius": None, "area": 402.75, "smooth": 0.0961, "count": 3, "site": "left"},
]


def find(*rows, fields=FIELDS, people=PEOPLE):
    index = PrintedRows(fields)
    index.add([str(number) for number in range(len(people))], people)
    return index.find(pl.DataFrame([{**people[0], **row} for row in rows], infer_schema_length=None))


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"radius": 14.2300004},  # noise behind the last decimal
        {"radius": 14.2, "smooth": 0.118},  # every number with a decimal less
    ],
)
def test_a_copy_is_found_whatever_its_precision(change):
    assert find(change) == ["0"]


@pytest.mark.parametrize(
    "change",
    [
        {"radius": 14.2},  # one number alone is printed shorter
        {"radius": 14.24},
        {"radius": 14.3, "smooth": 0.118},
        {"count": 4},
        {"site": "right"},
        {"radius": None},
        {"area": 1002.0},
    ],
)
def test_another_row_is_none(change):
    assert find(change) == [None]


def test_a_missing_value_equals_a_missing_value():
    assert find(PEOPLE[2], PEOPLE[1]) == ["2", "1"]


def test_a_round_number_beside_few_others_is_no_coarse_print():
    fields = {"length": TypedField(type="number"), "count": TypedField(type="integer")}
    people = [{"length": 5.3, "count": 1}]
    assert find({"length": 5.0}, {"length": 5.3}, fields=fields, people=people) == [None, "0"]


def test_without_numbers_nothing_is_found_here():
    fields = {"site": FIELDS["site"]}
    assert find({"site": "left"}, fields=fields, people=[{"site": "left"}]) == [None]


def test_decimals_are_those_of_the_shortest_print():
    printed = (5.0, 5.1, 0.1184, 1e-7, 1e300, float("nan"), -2.50, 1234567.125)
    assert [count_decimals(one) for one in printed] == [0, 1, 4, 7, 0, 0, 1, 3]
