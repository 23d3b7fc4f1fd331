"""Rows drawn at random within labels: a few of each, the rest in proportion, in an order that mixes them."""

from collections import Counter

import polars as pl
import pytest

from pedigree.dataset.sampling import FEW, allocate, draw_within
from pedigree.job import open_job
from pedigree.report.export.csv_sheet import read_sheet, write_sheet
from tasks.review import compare_sheets, draw_sample, list_columns, take_review
from tests.support.make_review_sheets import fill_sheet
from tests.support.make_validated_rows import make_job, make_rows, write_tables
from tests.support.workspaces import make_workspace


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """A job of 50 rows, of which 8 are complaints."""
    made = make_job(tmp_path_factory.mktemp("made"))
    root = tmp_path_factory.mktemp("sampled") / "work"
    workspace = make_workspace(root, dataset="notes", rows=50, labels=made.recipe.model_dump()["labels"])
    return write_tables(open_job(workspace, "notes"), make_rows(made, praise=42, complaint=8))


@pytest.mark.parametrize(
    ("counts", "limit", "expected"),
    [
        ({"a": 900, "b": 100}, 100, {"a": 86, "b": 14}),
        ({"a": 900, "b": 3}, 50, {"a": 47, "b": 3}),
        ({"a": 10, "b": 10}, 100, {"a": 10, "b": 10}),
        ({"a": 10, "b": 10, "c": 10}, 2, {"a": 1, "b": 1, "c": 0}),
        ({}, 5, {}),
    ],
)
def test_each_label_gets_a_few_rows_and_then_its_share(counts, limit, expected):
    assert allocate(counts, limit) == expected


def test_of_60_labels_each_is_drawn(job):
    counts = {f"label {n}": 10 + n for n in range(60)}
    assert min(allocate(counts, 100).values()) >= 1
    assert min(allocate(counts, 600).values()) >= FEW and sum(allocate(counts, 600).values()) == 600


def test_every_row_of_a_label_is_drawn_equally_often():
    frame = pl.DataFrame({"row_id": range(40), "label": ["a"] * 30 + ["b"] * 10})
    counts = Counter(row_id for seed in range(400) for row_id in draw_within(frame, 20, "label", seed)["row_id"])
    assert max(abs(counts[row] / 400 - 13 / 30) for row in range(30)) < 0.12
    assert max(abs(counts[row] / 400 - 7 / 10) for row in range(30, 40)) < 0.12


def test_a_sample_states_how_each_row_was_drawn_and_its_first_rows_hold_all_labels(job):
    lines = draw_sample(job, 20)
    assert lines == draw_sample(job, 20) and len({line["id"] for line in lines}) == 20
    assert Counter(line["label"] for line in lines) == {"praise": 14, "complaint": 6}
    assert {line["label"] for line in lines[:6]} == {"praise", "complaint"}
    sheet = lines[0]["drawn"].split("sheet ")[1][:8]
    place = Counter()
    for number, line in enumerate(lines, start=1):
        place[line["label"]] += 1
        of = {"praise": 42, "complaint": 8}[line["label"]]
        expected = f"at random, {number} of 20, sheet {sheet}; of its label {place[line['label']]} of {of}"
        assert line["drawn"] == expected and line["reads_as"] == ""
    assert len(draw_sample(job, 1000)) == 50


def fill(job, path, who, wrong=()):
    write_sheet(path, list_columns(job), draw_sample(job, 20))
    verdicts = {True: {"decision": "reject", "who": who, "why": "no"}, False: {"decision": "accept", "who": who}}
    return fill_sheet(path, lambda line: verdicts[line["id"][0] in wrong])


def test_two_people_fill_in_the_same_sheet(job, tmp_path):
    ann, bo = fill(job, tmp_path / "ann.csv", "Ann", "0123"), fill(job, tmp_path / "bo.csv", "Bo", "2345")
    sheets = [(path.name, read_sheet(path)) for path in (ann, bo)]
    found = compare_sheets(job, sheets)
    differ = sum(line["id"][0] in "0145" for line in draw_sample(job, 20))
    assert (found.people, found.rows, len(found.conflicts)) == (("Ann", "Bo"), 20, differ)
    assert compare_sheets(job, [sheets[0], ("copy.csv", sheets[0][1])]).people == ("ann.csv", "copy.csv")

    first = take_review.fn(job, read_sheet(ann), "ann.csv")
    assert first.agreements == [] and first.open == 0
    after = open_job(job.workspace, "notes")
    taken = take_review.fn(after, read_sheet(bo), "bo.csv")
    assert taken.agreements == [found]
    last = open_job(job.workspace, "notes").review
    assert {(one.drawn, one.label_rows, one.who) for one in last.last.values()} == {(20, 42, "Bo"), (20, 8, "Bo")}
    assert sorted(one.place for one in last.last.values()) == list(range(1, 21))
