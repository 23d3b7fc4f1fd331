"""A dataset whose labels nobody has checked, or are wrong by estimate, is not published."""

import polars as pl
import pytest

from pedigree.errors import GateError
from tasks.distribution import check_labels
from tasks.validate import require_gates, validate
from tests.support.make_validated_rows import make_job, make_rows, write_tables


def judge(job, rows):
    write_tables(job, rows)
    return validate.fn(job, check_labels.fn(job))


def test_nothing_is_published_whose_labels_nobody_has_checked_or_are_wrong(tmp_path):
    job = make_job(tmp_path, seeds=False)
    gates = judge(job, make_rows(job))
    assert [gate.name for gate in gates.blocking] == ["label precision"] and not gates.passed
    with pytest.raises(GateError, match="Nobody has checked the labels"):
        require_gates(gates)
    job = make_job(tmp_path)
    rows = make_rows(job).with_columns(label=pl.col("label").replace({"praise": "complaint", "complaint": "praise"}))
    gates = judge(job, rows)
    assert [gate.name for gate in gates.failed] == ["label precision"]
    (evidence,) = gates.labels
    assert evidence.right.high < 0.3 and all(one.high < 0.5 for one in evidence.by_label.values())
    with pytest.raises(GateError, match="label precision 0"):
        require_gates(gates)
