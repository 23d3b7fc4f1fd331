"""The offline model's rows of a table: near the shown rows of the label, in whatever form they are shown."""

import json

import pytest

from pedigree.generation.methods.table import write_row
from pedigree.models.offline.model import answer
from tests.support.offline_prompts import read_rows

FIELDS = {
    "width": "a number from 0 to 100",
    "count": "a whole number from 0 to 50",
    "day": "null if it is not known, as in 0.2 of all rows; a date as YYYY-MM-DD from 2024-01-01 to 2024-12-31",
    "site": 'one of ["left", "right, upper", "none"]',
    "member": "true or false",
}
SHOTS = {
    "low": [
        {"width": 10.25 + n, "count": n, "day": f"2024-02-{n + 1:02}", "site": "left", "member": True} for n in range(9)
    ],
    "high": [
        {"width": 80.5 + n, "count": 40 + n, "day": None, "site": "right, upper", "member": False} for n in range(9)
    ],
}
COLUMNS = list(FIELDS)[::-1]


def ask(label, form, rows=20, **faults):
    shown = [f"Shot {at}: {write_row(shot, COLUMNS, form)}" for at, shot in enumerate(SHOTS[label], 1)]
    brief = [
        "Task: Which size?",
        f"Label: {label}",
        *(f"Field {name}: {says}" for name, says in FIELDS.items()),
        f"Rows: {rows}",
        *([f"Columns: {','.join(COLUMNS)}"] if form == "csv" else []),
        *shown,
        "Rule 1: width > count (what it means)",
        "Rule 2: day is null or day < '2024-12-01'",
        "Rule 3: rows with the same site have the same member",
    ]
    return read_rows([{"role": "user", "content": "\n".join(brief)}], faults=faults)


@pytest.mark.parametrize("form", ["sentences", "json", "csv"])
def test_rows_are_new_near_the_shown_ones_and_in_their_precision(form):
    rows = ask("low", form)
    assert len(rows) == 20 and all(row not in SHOTS["low"] for row in rows)
    for row in rows:
        assert set(row) == set(FIELDS)
        assert 5 < row["width"] < 25 and round(row["width"], 2) == row["width"]
        assert 0 <= row["count"] <= 12 and isinstance(row["count"], int)
        assert "2024-01-20" < row["day"] < "2024-02-20"
        assert row["site"] == "left" and row["member"] is True
        assert row["width"] > row["count"]
    others = ask("high", form)
    assert all(row["width"] > 70 and row["site"] == "right, upper" and row["day"] is None for row in others)


def test_the_form_makes_no_difference_to_the_values():
    said = [ask("low", form) for form in ("json", "json")]
    assert said[0] == said[1]


@pytest.mark.parametrize(("fault", "shows"), [
    ("seed_copy", lambda row: row in SHOTS["low"]),
    ("out_of_range", lambda row: row["width"] > 100 or row["count"] > 50 or row["day"] > "2024-12-31"),
    ("broken_check", lambda row: row["width"] <= row["count"] or row["day"] >= "2024-12-01"),
    ("missing_field", lambda row: len(row) == len(FIELDS) - 1),
    ("wrong_type", lambda row: any(value is None or isinstance(value, list | dict) for value in row.values())),
])  # fmt: skip
def test_each_fault_is_as_frequent_as_its_dial_says(fault, shows):
    assert not any(map(shows, ask("low", "csv")))
    assert all(map(shows, ask("low", "csv", **{fault: 1.0})))


def test_without_shown_rows_a_share_of_the_values_is_missing():
    brief = "\n".join(
        ["Task: Which?", "Label: low", *(f"Field {n}: {says}" for n, says in FIELDS.items()), "Rows: 200"]
    )
    rows = read_rows([{"role": "user", "content": brief}])
    missing = sum(row["day"] is None for row in rows)
    assert 20 < missing < 60 and len({json.dumps(row) for row in rows}) == 200


def predict(rows, **faults):
    known = [{"row": shot, "label": label} for label, shots in SHOTS.items() for shot in shots]
    brief = [
        *(f"Class: {label} (the {label} ones)" for label in SHOTS),
        *(f"Known {at}: {json.dumps(one)}" for at, one in enumerate(known, 1)),
        f"Verdicts: {len(rows)} x label",
        *(f"Row {at}: {json.dumps(row)}" for at, row in enumerate(rows, 1)),
    ]
    said = answer([{"role": "user", "content": "\n".join(brief)}], {"faults": faults}, 0).text
    return [verdict["label"] for verdict in json.loads(said)["verdicts"]]


def test_a_label_is_that_of_the_nearest_known_rows():
    rows = [*ask("low", "json", rows=5), *ask("high", "json", rows=5)]
    assert predict(rows) == ["low"] * 5 + ["high"] * 5
    assert predict(rows, wrong_verdict=1.0) == ["high"] * 5 + ["low"] * 5
