"""Rows of every kind pass or fail the gates of the suite, and a failed gate names figure, limit and rows."""

from collections import defaultdict
from datetime import date

import polars as pl
import pytest

from pedigree.dataset.results import GateResults, read_result
from pedigree.errors import GateError, WorkspaceError
from tasks.distribution import check_labels
from tasks.validate import require_gates, validate
from tests.support.make_validated_rows import (
    change,
    find_gate,
    judge,
    list_failed,
    make_job,
    make_rows,
    write_suite,
    write_tables,
)


@pytest.fixture
def job(tmp_path):
    return make_job(tmp_path)


def test_good_rows_pass_every_gate(job):
    gates = judge(job, make_rows(job))
    assert gates.passed and list_failed(gates) == {}
    require_gates(gates)
    assert [gate.name for gate in gates.gates if not gate.name.startswith("nulls")] == [
        "columns", "rows", "label set", "length: text", "row ids", "duplicates", "near-duplicates", "label distance",
        "label divergence", "class floor", "answering models", "labels as kept", "labels as read",
        "label precision", "screens by label",
    ]  # fmt: skip


def test_gates_are_written_and_the_same_again(job):
    gates, path = judge(job, make_rows(job)), job.folder / "gates.json"
    written = path.read_bytes()
    assert read_result(GateResults, path) == gates
    judge(job, make_rows(job).reverse())
    assert path.read_bytes() == written


def test_it_is_quiet(job, capfd, recwarn):
    judge(job, make_rows(job))
    assert capfd.readouterr() == ("", "")
    assert list(recwarn) == []


FAULTY = [
    ({"text": "short"}, 1, "length: text"),
    ({"text": "x" * 2001}, 1, "length: text"),
    ({"text": None}, 1, "nulls: text"),
    ({"weight": None}, 3, "nulls: weight"),
    ({"row_id": "same"}, 2, "row ids"),
    ({"text": "the very same words in two rows"}, 2, "duplicates"),
    ({"label": "sarcasm"}, 1, "label set"),
]


def test_failing_rows_are_named(tmp_path):
    job = make_job(tmp_path, fields={"text": {"min_chars": 10}}, gates={"label_distance": 0.1})
    rows, parts, expected = make_rows(job), [], defaultdict(list)
    for values, count, gate in FAULTY:
        parts.append(change(rows.head(count), count, **values))
        expected[gate] += parts[-1]["row_id"].to_list()
        rows = rows.slice(count)
    found = {one.name: one for one in judge(job, pl.concat([*parts, rows])).failed}
    for gate, row_ids in expected.items():
        count = len(row_ids)
        assert (found[gate].figure, found[gate].limit, found[gate].failing_rows) == (count, 0, count)
        assert sorted(found[gate].failing_row_ids) == sorted(row_ids)
        assert found[gate].message.endswith(f": {count} of 40 rows fail, at most 0 allowed")


def test_at_most_twenty_failing_rows_are_named_and_all_are_counted(job):
    gates = judge(job, change(make_rows(job), 30, text=""))
    (gate,) = (gate for gate in gates.failed if gate.name == "length: text")
    assert (len(gate.failing_row_ids), gate.failing_rows) == (20, 30)


def test_an_unknown_column_fails(job):
    gates = judge(job, make_rows(job).with_columns(note=pl.lit("x")))
    assert list(list_failed(gates)) == ["columns"]


def test_near_duplicates_are_counted_and_named(job):
    rows = make_rows(job)
    near = rows["text"][0] + "!", rows["text"][0].upper()
    rows = rows.with_columns(text=pl.Series([rows["text"][0], *near, *rows["text"][3:]]))
    gates = judge(job, rows)
    assert list_failed(gates) == {"near-duplicates": (0.075, 0.02)}
    (gate,) = gates.failed
    assert sorted(gate.failing_row_ids) == sorted(rows["row_id"][:3])
    assert gate.message == "Too many rows say nearly what another says: found 0.075, expected at most 0.02"


def test_rows_that_people_wrote_may_be_near_duplicates(tmp_path):
    job = make_job(tmp_path, real="data/seeds/notes/real.jsonl")
    rows = make_rows(job)
    alike = [f"{rows['text'][0]}{mark}" for mark in ("", "!", "?")]
    rows = rows.with_columns(text=pl.Series([*alike, *rows["text"][3:]]), real=pl.int_range(pl.len()) < 2)
    gate = find_gate(judge(job, rows), "near-duplicates")
    assert gate.figure == 1 / 40 and gate.failing_row_ids == [rows["row_id"][2]]


def test_rows_of_two_languages_are_no_near_duplicates_and_those_of_one_are(tmp_path):
    job = make_job(tmp_path, language=None, languages={"en": 0.5, "de": 0.5})
    rows = make_rows(job)
    alike = [f"{rows['text'][0]}{mark}" for mark in ("", "!", "?")]
    rows = rows.with_columns(text=pl.Series([*alike, *rows["text"][3:]]), language=pl.lit("de"))
    assert find_gate(judge(job, change(rows, 1, language="en")), "near-duplicates").figure == 2 / 40
    assert (
        find_gate(judge(job, change(change(rows, 1, language="en"), 2, language="en")), "near-duplicates").figure
        == 2 / 40
    )
    assert find_gate(judge(job, change(rows.head(2), 1, language="en")), "near-duplicates").figure == 0


def test_rows_alike_in_one_of_two_texts_are_no_near_duplicates(tmp_path):
    job = make_job(tmp_path, fields={"premise": {}, "hypothesis": {}})
    assert judge(job, change(make_rows(job), 8, premise="It rains, and the shop is closed today.")).passed


def test_skewed_labels_fail_with_figure_and_limit(job):
    gates = judge(job, make_rows(job, praise=24, complaint=16))
    assert list_failed(gates) == {
        "label distance": (0.1, 0.005),
        "label divergence": (pytest.approx(0.0201, abs=1e-4), 0.01),
        "labels as kept": (0.1, 0.005),
    }
    (gate,) = (gate for gate in gates.gates if gate.name == "label distance")
    assert gate.message.endswith(": found 0.1, expected at most 0.005 (g test p 0.2044)")


def test_the_limit_itself_passes(tmp_path):
    job = make_job(tmp_path, gates={"label_distance": 0.1})
    assert judge(job, make_rows(job, praise=24, complaint=16)).passed


def test_a_small_class_fails_and_is_named(tmp_path):
    job = make_job(tmp_path, gates={"label_distance": 1})
    (gate,) = judge(job, make_rows(job, praise=31, complaint=9)).failed
    assert (gate.name, gate.figure, gate.limit) == ("class floor", 9, 10)
    assert gate.message.endswith(": found 9, expected at least 10 (rarest complaint)")


def test_a_warning_reports_and_blocks_nothing(tmp_path):
    job = make_job(tmp_path, rows=40, gates={"read_distance": 0.1, "label_precision": 0})
    rows = make_rows(job, praise=40, complaint=0)
    rows = rows.with_columns(label=(rows["position"] % 2).replace_strict({0: "praise", 1: "complaint"}))
    gates = judge(job, rows)
    assert gates.passed and [gate.name for gate in gates.warnings] == ["labels as read"]
    require_gates(gates)


def test_a_row_too_few_is_a_failed_gate(tmp_path):
    job = make_job(tmp_path, rows=41)
    (gate,) = judge(job, make_rows(job)).failed
    assert (gate.name, gate.figure, gate.limit) == ("rows", 40, 41)
    assert gate.message == "The number of rows is not the number that the recipe wants: found 40, expected 41"


def test_typed_fields_are_held_to_their_limits(tmp_path):
    fields = {
        "note": {},
        "tone": {"type": "category", "values": ["x", "y"]},
        "age": {"type": "integer", "min": 0, "max": 150},
        "day": {"type": "date", "min": "2024-01-01", "missing": 0.1},
        "end": {"type": "date"},
    }
    job = make_job(tmp_path, fields=fields, gates={"label_precision": 0})
    rows = make_rows(job)
    assert judge(job, rows).passed
    gates = judge(job, change(rows, 2, tone="z", age=-1, day=date(2023, 12, 31), end=date(1, 1, 1)))
    assert list_failed(gates) == {"values: tone": (2, 0), "range: age": (2, 0), "range: day": (2, 0)}
    assert judge(job, change(rows, 2, day=None)).passed


def test_a_recipe_without_text_is_compared_by_its_values(tmp_path):
    job = make_job(tmp_path, fields={"age": {"type": "integer"}, "price": {"type": "number", "min": 0}})
    rows = make_rows(job).with_columns(age=pl.int_range(40), price=pl.int_range(40) + 0.5)
    assert judge(job, rows).passed
    gates = judge(job, change(rows, 2, age=7, price=0.25))
    assert [gate.name for gate in gates.failed] == ["duplicates"]
    assert "near-duplicates" not in {gate.name for gate in gates.gates}  # that gate is about texts


def test_a_suite_of_ones_own_is_what_judges(tmp_path):
    job = make_job(tmp_path, gates={"suite": "mine"})
    starts = {
        "type": "expect_column_values_to_match_regex",
        "kwargs": {"column": "text", "regex": "^[a-z]", "mostly": 0.9},
    }
    few = {
        "type": "expect_table_row_count_to_be_between",
        "kwargs": {"min_value": 1, "max_value": 9},
        "severity": "info",
    }
    write_suite(job, starts, few)
    gates = judge(job, change(make_rows(job), 5, text="Capital letters"))
    assert [(gate.name, gate.severity, gate.passed, gate.figure, gate.limit) for gate in gates.gates[:2]] == [
        ("column values to match regex: text", "critical", False, 5, 4),
        ("table row count to be between", "warning", False, 40, "at most 9, at least 1"),
    ]


def test_failed_gates_are_raised_with_figure_and_limit(job):
    gates = judge(job, make_rows(job, praise=31, complaint=9))
    with pytest.raises(GateError) as error:
        require_gates(gates)
    assert error.value.exit_status == 1
    assert error.value.found == (
        "the data failed 3 gates: label distance 0.275 (limit 0.005); class floor 9 (limit 10); "
        "labels as kept 0.275 (limit 0.005)"
    )


def test_a_suite_outside_the_workspace_is_refused(job, tmp_path_factory):
    write_tables(job, make_rows(job))
    distribution, path = check_labels.fn(job), job.workspace.root / "expectations/text-classification.json"
    path.rename(outside := tmp_path_factory.mktemp("outside") / "suite.json")
    path.symlink_to(outside)
    with pytest.raises(WorkspaceError, match="leads out of the workspace"):
        validate.fn(job, distribution)


@pytest.mark.parametrize(
    ("wanted", "severity", "passed"),
    [("allow", "warning", True), ("warn", "warning", False), ("forbid", "critical", False)],
)
def test_a_model_that_answered_under_two_names_is_flagged_as_the_recipe_says(tmp_path, wanted, severity, passed):
    job = make_job(tmp_path, gates={"mixed_models": wanted})
    write_tables(job, make_rows(job), answered_as=("m-2026-11", "m-2026-05"))
    gate = find_gate(validate.fn(job, check_labels.fn(job)), "answering models")
    assert (gate.severity, gate.passed, gate.figure) == (severity, passed, 1)
    assert "m answered as m-2026-05, m-2026-11. Either the provider changed the model" in gate.message
    write_tables(job, make_rows(job), answered_as=("/models/m.gguf", "m"))
    assert find_gate(validate.fn(job, check_labels.fn(job)), "answering models").passed
