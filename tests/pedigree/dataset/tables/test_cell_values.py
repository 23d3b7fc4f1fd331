"""Values of rows that people wrote, as they stand in a file."""

import json
from datetime import date, datetime

import polars as pl
import pytest

from pedigree.dataset.examples import load_examples
from pedigree.dataset.tables.cell_values import parse_date, parse_truth
from pedigree.errors import RecipeError
from tests.support.make_candidates import make_recipe

RECIPE = make_recipe(
    fields={
        "due": {"type": "date"},
        "paid": {"type": "boolean"},
        "count": {"type": "integer", "missing": 0.2},
        "note": {"type": "category", "values": ["a", "b"], "missing": 0.2},
    },
)
HEADER = "due,paid,count,note,label\n"


def load(path, text):
    path.write_text(text, encoding="utf-8")
    return load_examples(path, RECIPE)


def test_a_csv_file_is_read_as_typed_values(tmp_path):
    text = HEADER + "2024-02-29,TRUE,7.0,NA,cat\n2024-03-01 00:00:00,0,,b,dog\n"
    assert [list(one.fields.values()) for one in load(tmp_path / "rows.csv", text)] == [
        [date(2024, 2, 29), True, 7, None],
        [date(2024, 3, 1), False, None, "b"],
    ]


def test_parquet_and_json_lines_give_the_same_rows_as_csv(tmp_path):
    rows = [
        {"due": date(2024, 2, 29), "paid": True, "count": 7, "note": None, "label": "cat"},
        {"due": date(2024, 3, 1), "paid": False, "count": None, "note": "b", "label": "dog"},
    ]
    pl.DataFrame(rows).write_parquet(tmp_path / "rows.parquet")
    lines = "".join(json.dumps(row, default=str) + "\n" for row in rows)
    csv = HEADER + "2024-02-29,true,7,,cat\n2024-03-01,false,,b,dog\n"
    found = [
        load_examples(tmp_path / "rows.parquet", RECIPE),
        load(tmp_path / "rows.jsonl", lines),
    ]
    expected = load(tmp_path / "rows.csv", csv)
    assert [[(one.id, one.fields) for one in file] for file in found] == 2 * [
        [(one.id, one.fields) for one in expected]
    ]


@pytest.mark.parametrize(
    ("line", "found", "expected", "hint"),
    [
        ("29.02.2024,true,1,a,cat", "due is '29.02.2024'", "a date as YYYY-MM-DD", None),
        (",true,1,a,cat", "due is ''", "a date as YYYY-MM-DD", "add the value; or 'missing: SHARE' to the field due"),
        ("2024-02-29,maybe,1,a,cat", "paid is 'maybe'", "true or false", None),
        ("2024-02-29,true,1.5,a,cat", "count is '1.5'", "a integer", None),
        ("2024-02-29,true,9223372036854775808,a,cat", "count is '9223372036854775808'", "a whole number", None),
        ("2024-02-29,true,1,c,cat", "note is 'c'", "one of a, b", None),
    ],
)
def test_a_value_of_another_kind_names_file_line_and_column(tmp_path, line, found, expected, hint):
    with pytest.raises(RecipeError) as raised:
        load(tmp_path / "rows.csv", HEADER + "2024-02-29,true,1,a,dog\n" + line + "\n")
    assert f"{tmp_path / 'rows.csv'}, line 3: {found}" in str(raised.value)
    assert expected in str(raised.value.expected)
    assert (hint or "") in (raised.value.hint or "")


def test_a_time_of_day_is_no_date_and_a_number_is_one_only_as_0_or_1():
    assert parse_date(datetime(2024, 5, 1)) == date(2024, 5, 1)
    assert parse_date(datetime(2024, 5, 1, 3)) is parse_date("01/05/2024") is parse_date(20240501) is None
    assert [parse_truth(one) for one in (1, 0.0, " False", 2, None, 0.5)] == [True, False, False, None, None, None]
