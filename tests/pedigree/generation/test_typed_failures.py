"""Failure-driven rounds of a table read, group and watch rows by their typed columns."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from pedigree.audits.coverage.groups import find_groups
from pedigree.generation.failures.loop import FailureLoop
from pedigree.generation.failures.typed import embed_columns, measure_column_variety, tell_columns
from pedigree.metrics.tables.columns import list_table_columns
from tests.support.workspaces import make_job

FIELDS = {
    "size": {"type": "number"},
    "wild": {"type": "boolean", "missing": 0.2},
    "seen": {"type": "date"},
}
LABELS = ("cat", "dog")


def make_rows(count, seed, shift=0.0):
    """Return rows: the size tells the labels, but large wild cats are as large as dogs."""
    chance, rows = np.random.default_rng(seed), []
    for number in range(count):
        dog, wild = number % 2, number % 4 >= 2
        size = float(chance.normal(30 if dog or wild else 10, 2) + shift)
        day = date(2024, 1, 1) + timedelta(days=int(chance.integers(200)))
        rows.append({"size": size, "wild": wild, "seen": day.isoformat(), "label": LABELS[dog]})
    return rows


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    generator = {"strategy": "failures", "model": "offline/template", "rows_per_call": 4, "shots": 2}
    root = tmp_path_factory.mktemp("typed")
    return make_job(root, fields=FIELDS, seeds=make_rows(80, 1), generators=[generator], rows=80)


def make_kept(job, rows):
    """Return the rows of a round, as the loop is given them."""
    lines = [{"row_id": f"{at:03}", "completion_id": "c", **row} for at, row in enumerate(rows)]
    return pl.DataFrame(lines).with_columns(pl.col("seen").str.to_date())


def test_rows_that_a_classifier_of_columns_gets_wrong_are_asked_for(job):
    loop = FailureLoop(job)
    tame = [row for row in make_rows(80, 2) if row["label"] == "dog" or not row["wild"]]
    loop.record(1, make_kept(job, tame))
    found = loop.figures[0]
    assert 0.5 < found.macro_f1 < 0.9 and found.wrong >= 15
    target = loop.find_target("cat", 0)
    assert "wild true" in target.cluster.words
    assert all(one.fields["wild"] for one in target.cluster.examples)
    assert target.describe()["classifier"]["features"] == "columns"
    assert (found.variety.opening_share, found.variety.rare_recall, found.variety.rows) == (None, None, len(tame))
    again = FailureLoop(job)
    again.record(1, make_kept(job, tame[::-1]).with_columns(row_id=pl.Series([f"{at:03}" for at in range(60)][::-1])))
    assert again.figures == loop.figures and again.find_target("cat", 0) == target


def test_what_sets_rows_apart_is_told_the_strongest_first(job):
    columns, people = list_table_columns(job.recipe), [one.fields for one in job.seeds]
    high = [{**row, "size": row["size"] + 50, "wild": None} for row in people[:10]]
    assert tell_columns(high, people, columns, 3)[:2] == ("size high", "wild missing")
    assert tell_columns(people, people, columns, 3) == tell_columns([], people, columns, 3) == ()
    empty = [{"size": None, "wild": None, "seen": None}]
    assert set(tell_columns(empty, people, columns, 9)) == {"size missing", "wild missing", "seen missing"}
    vectors = embed_columns([*people, *empty], people, columns)
    assert np.isfinite(vectors).all() and np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(people) + 1))
    one, many = (measure_column_variety(rows, people, columns).vendi for rows in (people[:1] * 30, people[:30]))
    assert one == pytest.approx(1) and many > 2


def test_groups_of_people_that_no_row_is_like_are_missing_by_their_columns(job):
    rows = make_kept(job, [row for row in make_rows(200, 3) if row["label"] == "dog" or not row["wild"]])
    missing = [one for one in find_groups(job, rows) if one.missing]
    assert [one.label for one in missing] == ["cat"]
    assert "wild true" in missing[0].words
