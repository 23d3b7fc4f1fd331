"""A suite that is broken is never taken for data that failed."""

import pytest

from pedigree.errors import SuiteError
from tasks.distribution import check_labels
from tasks.validate import validate
from tests.support.make_validated_rows import make_job, make_rows, write_suite, write_tables

UNIQUE = "expect_column_values_to_be_unique"
LENGTHS = "expect_column_value_lengths_to_be_between"
NEAR = {"column_list": ["text"], "similarity": 0.85, "threshold": 0.02}

BROKEN = {
    "unknown expectation": ({"type": "expect_nothing"}, "expect_nothing not found"),
    "unknown column": ({"type": UNIQUE, "kwargs": {"column": "txt"}}, "the rows have no column 'txt'"),
    "unknown column of several": (
        {"type": "expect_compound_columns_to_be_unique", "kwargs": {"column_list": ["text", "txt"]}},
        "the rows have no column 'txt'",
    ),
    "unknown kwarg": ({"type": UNIQUE, "kwargs": {"column": "text", "colour": 1}},
        "colour: extra fields not permitted"),
    "missing kwarg": ({"type": UNIQUE, "kwargs": {}}, "column: field required"),
    "kwarg of a wrong type": ({"type": UNIQUE, "kwargs": {"column": 3}}, "column: str type expected"),
    "share above 1": ({"type": UNIQUE, "kwargs": {"column": "text", "mostly": 2}}, "mostly: ensure this value"),
    "no limit": ({"type": LENGTHS, "kwargs": {"column": "text"}}, "cannot both be None"),
    "unknown severity": ({"type": UNIQUE, "kwargs": {"column": "text"}, "severity": "fatal"},
        "Invalid severity 'fatal'"),
    "unknown parameter": ({"type": UNIQUE, "kwargs": {"column": {"$PARAMETER": "colum"}}},
        "unknown $PARAMETER 'colum'"),
    "broken pattern": (
        {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "text", "regex": "("}},
        "could not be evaluated",
    ),
    "numbers asked of a text": (
        {"type": "expect_column_values_to_be_between", "kwargs": {"column": "text", "min_value": 1}},
        "could not be evaluated",
    ),
    "our class, unknown column": (
        {"type": "expect_near_duplicate_share_to_be_at_most", "kwargs": {**NEAR, "column_list": ["txt"]}},
        "the rows have no column 'txt'",
    ),
    "our class, missing kwarg": (
        {"type": "expect_column_total_variation_distance_to_be_at_most", "kwargs": {"column": "label"}},
        "shares: field required; threshold: field required",
    ),
    "our class, empty set": (
        {"type": "expect_column_value_counts_to_be_at_least", "kwargs": {"column": "label", "value_set": [],
            "min_value": 1}},
        "value_set: ensure this value has at least 1 items",
    ),
}  # fmt: skip


# Without rows there is no text that is no number.
CASES = [(name, rows) for name in BROKEN for rows in (20, 0) if rows or name != "numbers asked of a text"]


@pytest.mark.parametrize(("name", "rows"), CASES)
def test_a_broken_suite_is_named_with_its_mend(tmp_path, name, rows):
    expectation, found = BROKEN[name]
    job = make_job(tmp_path)
    write_tables(job, make_rows(job, rows, rows))
    write_suite(job, {"type": UNIQUE, "kwargs": {"column": "row_id"}}, expectation)
    with pytest.raises(SuiteError) as error:
        validate.fn(job, check_labels.fn(job))
    where = f"{tmp_path}/expectations/text-classification.json, expectation 2 ({expectation['type']})"
    assert error.value.found.startswith(where)
    assert found in error.value.found
    assert error.value.hint
    assert not (job.folder / "gates.json").exists()
