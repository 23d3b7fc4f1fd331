"""The share of right labels is estimated with an interval that holds it, from people's rows alone."""

import json

import polars as pl
import pytest

from pedigree.job import open_job
from pedigree.labels.classifier_check import MAX_IDS, check_by_classifier
from pedigree.workspace import Workspace
from tests.support.workspaces import REPOSITORY, make_job


def read_tickets():
    """Return the shipped recipe's job, and its held-out rows as rows of a dataset."""
    job = open_job(Workspace(REPOSITORY), "support-tickets")
    rows = [{"row_id": f"{place:064}", "label": one.label, **one.fields} for place, one in enumerate(job.held_out)]
    return job, pl.DataFrame(rows)


def test_exchanged_labels_are_seen_and_a_tenth_of_them_is_within_the_interval():
    job, rows = read_tickets()
    names = list(job.recipe.labels)
    exchanged = pl.col("label").replace(dict(zip(names, [*names[1:], names[0]], strict=True)))
    right, wrong = (check_by_classifier(job, one) for one in (rows, rows.with_columns(exchanged)))
    tenth = pl.when(pl.int_range(pl.len()) % 10 == 0).then(exchanged).otherwise(pl.col("label"))
    few = check_by_classifier(job, rows.with_columns(label=tenth))
    assert right.right.high > 0.9 and wrong.right.high < 0.2 and right.caution is None
    assert few.right.low <= 0.9 <= few.right.high
    assert set(right.by_label) == set(names) and right.rows == 256 and "held-out rows" in right.rests_on
    assert len(wrong.doubted_row_ids) == MAX_IDS and wrong.doubted_rows > 200


def test_the_same_rows_give_the_same_figures():
    job, rows = read_tickets()
    assert check_by_classifier(job, rows) == check_by_classifier(job, rows)


ANIMALS = [{"text": f"the {label} number {n} {says}", "label": label} for n in range(6)
           for label, says in (("cat", "purred and slept"), ("dog", "barked and ran"))]  # fmt: skip
ROWS = pl.DataFrame([{"row_id": str(n), "label": one["label"], "text": one["text"]} for n, one in enumerate(ANIMALS)])


def test_without_held_out_rows_the_seeds_are_tested_by_cross_validation(tmp_path):
    found = check_by_classifier(make_job(tmp_path, seeds=ANIMALS), ROWS)
    assert "known from 12 seed rows" in found.rests_on
    assert found.right.high > 0.9


def test_the_direction_of_wrong_labels_is_told(tmp_path):
    wrong = pl.col("row_id").is_in(["0", "2"])  # of cats
    found = check_by_classifier(make_job(tmp_path, seeds=ANIMALS), ROWS.with_columns(label=pl.when(wrong).then(
        pl.lit("dog")).otherwise("label")))  # fmt: skip
    assert [(one.asked, one.read) for one in found.confusions] == [("dog", "cat")]
    assert set(found.doubted_row_ids) <= {"0", "2"} and found.doubted_rows == found.confusions[0].rows


def test_an_embedder_that_is_not_there_is_named(tmp_path):
    job = make_job(tmp_path, seeds=ANIMALS, evaluate={"embedder": "model2vec/nobody/has-this"})
    assert "model2vec/nobody/has-this" in check_by_classifier(job, ROWS).caution


@pytest.mark.parametrize(
    ("seeds", "rows"),
    [([], ROWS), (ANIMALS[::2], ROWS), (ANIMALS[:2], ROWS), (ANIMALS, ROWS.clear())],
    ids=["no seeds", "one label", "a seed a label", "no rows"],
)
def test_too_little_gives_no_estimate(tmp_path, seeds, rows):
    assert check_by_classifier(make_job(tmp_path, seeds=seeds), rows) is None


def test_a_label_of_which_people_wrote_no_row_is_unknown(tmp_path):
    labels = {name: {"share": share, "means": name} for name, share in (("cat", 0.4), ("dog", 0.4), ("emu", 0.2))}
    rows = pl.concat([ROWS, pl.DataFrame([{"row_id": f"e{n}", "label": "emu", "text": f"tall {n}"} for n in range(6)])])
    found = check_by_classifier(make_job(tmp_path, seeds=ANIMALS, labels=labels), rows)
    assert found.by_label["emu"].low < 0.1 and found.by_label["emu"].high > 0.9


def test_rows_that_people_wrote_are_not_judged(tmp_path):
    job = make_job(tmp_path, seeds=ANIMALS, real=[{"text": json.dumps(n), "label": "cat"} for n in range(4)])
    mixed = ROWS.with_columns(real=pl.int_range(pl.len()) < 4)
    assert check_by_classifier(job, mixed).rows == 8
