"""Shares of missing values: planned, of the synthetic rows, of people's rows."""

import polars as pl

from pedigree.metrics.tables.missing_values import measure_missing
from tests.support.make_candidates import make_example, make_job

FIELDS = {"age": {"type": "integer", "missing": 0.2}, "on": {"type": "boolean"}}


def test_each_field_that_may_be_missing_has_its_shares():
    held_out = tuple(make_example(age=age, on=True) for age in (None, 4, 5, 6))
    rows = pl.DataFrame({"age": [1, None], "on": [True, False]})
    job = make_job((), held_out, fields=FIELDS)
    assert measure_missing(job, rows) == [{"field": "age", "planned": 0.2, "rows": 0.5, "people": 0.25}]
    assert measure_missing(make_job(fields=FIELDS), rows[:0]) == [
        {"field": "age", "planned": 0.2, "rows": None, "people": None}
    ]


def test_where_every_value_is_needed_there_is_nothing_to_say():
    assert measure_missing(make_job(fields={"on": {"type": "boolean"}}), pl.DataFrame({"on": [True]})) == []
