"""Rows are told apart by their ids: in, out, moved, relabelled, reworded, and what the other side made of them."""

import polars as pl
import pytest

from pedigree.errors import WorkspaceError
from pedigree.versions.diff.model import SAMPLE
from pedigree.versions.diff.rows import compare_rows
from tests.support.diff_versions import AFTER, BEFORE, make_sides


@pytest.fixture
def told(tmp_path):
    return compare_rows(*make_sides(tmp_path))


def ids(change):
    return [row.row_id for row in change.sample]


def test_every_row_is_counted_in_one_place(told):
    rows, _ = told
    assert (rows.before, rows.after, rows.shared) == (6, 7, 4)
    assert (rows.added.count, rows.removed.count) == (3, 2)
    assert rows.shared + rows.added.count == rows.after and rows.shared + rows.removed.count == rows.before
    assert (ids(rows.added), ids(rows.removed)) == (["c1", "d1", "d2"], ["a3", "a4"])


def test_rows_that_one_side_lacks_are_looked_for_among_its_rejects(told):
    rows, _ = told
    assert (rows.added.rejected_there, rows.added.unknown_there) == ({"surplus": 1}, 2)
    assert (rows.removed.rejected_there, rows.removed.unknown_there) == ({"near-duplicate": 1}, 1)


def test_a_row_that_says_what_another_said_is_no_news(told):
    assert told[0].same_content == 1  # d2 says what a4 said, and is of the same label


def test_a_row_in_both_is_shown_with_what_changed(told):
    rows, _ = told
    changes = {name: (change.count, [(row.row_id, row.before, row.after) for row in change.sample])
               for name in ("moved", "relabelled", "reworded") for change in [getattr(rows, name)]}  # fmt: skip
    assert changes == {
        "moved": (1, [("b1", {"split": "validation"}, {"split": "train"})]),
        "relabelled": (1, [("a2", {"label": "cat"}, {"label": "dog"})]),
        "reworded": (1, [("b2", {"text": "A wagging tail."}, {"text": "A wagging tail!"})]),
    }


def test_labels_of_either_side_are_told_with_their_targets(told):
    _, labels = told
    assert [(one.label, one.change, one.added, one.removed) for one in labels] == [
        ("cat", -1, 0, 0), ("dog", 0, 1, 2), ("fish", 2, 2, 0),
    ]  # fmt: skip
    cat, _, fish = labels
    assert (cat.before.train, cat.before.validation, cat.before.target_share, cat.after.rows) == (2, 1, 0.5, 2)
    assert (fish.before, fish.after.target_share) == (None, 0.3)


def test_sides_of_many_rows_are_told_apart_as_sets_of_ids_are(tmp_path):
    before, after = ({f"row-{number:03}" for number in numbers} for numbers in (range(0, 300), range(100, 500, 2)))
    tables = [
        {
            "train": [(id, "cat", id) for id in sorted(side)[::2]],
            "validation": [(id, "dog", id) for id in sorted(side)[1::2]],
            "rejects": [],
        }
        for side in (before, after)
    ]
    labels = [{id: label for split in ("train", "validation") for id, label, _ in side[split]} for side in tables]
    rows, changes = compare_rows(*make_sides(tmp_path, *tables))
    assert (rows.before, rows.after, rows.shared) == (300, 200, len(before & after))
    assert (ids(rows.added), ids(rows.removed)) == (sorted(after - before)[:SAMPLE], sorted(before - after)[:SAMPLE])
    other = sorted(id for id in before & after if labels[0][id] != labels[1][id])
    assert (rows.relabelled.count, ids(rows.relabelled)) == (len(other), other[:SAMPLE])
    assert rows.moved.count == len(other) and rows.reworded.count == 0
    assert {one.label: one.change for one in changes} == {"cat": -50, "dog": -50, "fish": 0}


def test_equal_sides_differ_in_nothing(tmp_path):
    side, _ = make_sides(tmp_path)
    rows, labels = compare_rows(side, side)
    assert rows.shared == rows.before == rows.after == 6
    changes = (rows.added, rows.removed, rows.moved, rows.relabelled, rows.reworded)
    assert [(change.count, change.sample) for change in changes] == [(0, [])] * 5
    assert {one.change for one in labels} == {0}


def test_of_many_rows_the_first_by_id_are_shown(tmp_path):
    many = [(f"{number:04}", "cat", "Meow.") for number in range(500)]
    rows, _ = compare_rows(*make_sides(tmp_path, after={**AFTER, "train": many[::-1]}))
    assert (rows.added.count, ids(rows.added)) == (501, [f"{number:04}" for number in range(SAMPLE)])


def test_sides_without_rows_or_with_other_fields(tmp_path):
    empty = {name: [] for name in BEFORE}
    before, after = make_sides(tmp_path, before=empty)
    assert compare_rows(before, after)[0].added.count == 7
    for split in ("train", "validation"):
        frame = pl.read_parquet(after.tables[split])
        frame.rename({"text": "premise"}).write_parquet(after.tables[split])
    rows, _ = compare_rows(*make_sides(tmp_path / "more")[:1], after)
    assert (rows.fields, rows.reworded.count, rows.same_content) == ([], 0, 0)


def test_a_boolean_is_a_field_and_the_mark_of_a_real_row_is_none(tmp_path):
    before, after = make_sides(tmp_path)
    for side, wild in ((before, [True, None]), (after, [False, None])):
        for split in ("train", "validation"):
            frame = pl.read_parquet(side.tables[split])
            columns = {"wild": pl.Series((wild * 3)[: frame.height]), "real": pl.Series([False] * frame.height)}
            frame.with_columns(**columns).write_parquet(side.tables[split])
    rows, _ = compare_rows(before, after)
    assert rows.fields == ["text", "wild"]
    changed = {row.row_id: (row.before, row.after) for row in rows.reworded.sample}
    assert changed["a1"] == ({"wild": True}, {"wild": False})
    assert {tuple(row.fields) for row in rows.added.sample} == {("text", "wild")}


def test_a_table_that_is_none_is_named(tmp_path):
    before, after = make_sides(tmp_path)
    after.tables["train"].write_bytes(b"nothing")
    with pytest.raises(WorkspaceError, match="the tables of pets can't be compared") as raised:
        compare_rows(before, after)
    assert "'pedigree verify pets --rev VERSION'" in raised.value.hint


def test_rows_with_sets_of_labels_are_compared_and_a_changed_set_is_told(tmp_path):
    before, after = make_sides(tmp_path)
    for side, labels in ((before, ["cat"]), (after, ["cat", "tame"])):
        for path in (side.tables["train"], side.tables["validation"]):
            rows = pl.read_parquet(path)
            rows.with_columns(labels=pl.lit(labels, pl.List(pl.String))).write_parquet(path)
    path = after.workspace.recipe_path("pets")
    path.write_text(path.read_text(encoding="utf-8") + "labels_per_row: {max: 2}\n", encoding="utf-8")
    rows, labels = compare_rows(before, after)
    assert {one.after.target_share for one in labels if one.after} == {None}  # the shares are not those of sets
    assert "labels" in rows.fields and rows.reworded.count == rows.shared == 4
    assert {(row.before["labels"], row.after["labels"]) for row in rows.reworded.sample} == {("cat", "cat; tame")}
