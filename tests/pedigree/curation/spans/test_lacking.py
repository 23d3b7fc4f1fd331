"""Rows whose spans are not those of their label: real rows without a slot, and rows that people relabelled."""

import polars as pl

from pedigree.curation.spans.lacking import split_lacking
from pedigree.dataset.schemas import REJECTS, candidates_schema
from pedigree.dataset.spans.marks import read_marks
from pedigree.dataset.spans.shown import show_spans
from pedigree.dataset.spans.span import to_cells
from tests.support.make_candidates import make_candidates, make_job
from tests.support.marked_texts import MARKED
from tests.support.workspaces import make_job as open_real

BOTH = "[Rome](from_city) to [Kyiv](to_city)"


def tabulate(*rows):
    read = [(label, *read_marks(text)) for label, text in rows]
    cells = ({"label": label, "text": text, "spans": to_cells(text, spans)} for label, text, spans in read)
    return make_candidates(make_job(**MARKED), *cells)


def test_rows_without_a_slot_that_must_be_there_or_with_one_of_another_label_are_rejects():
    rows = tabulate(("cat", BOTH), ("cat", "to [Kyiv](to_city)"), ("dog", "late?"), ("dog", BOTH))
    kept, rejects = split_lacking(rows, make_job(**MARKED).recipe)
    assert kept["row_id"].to_list() == ["r0", "r2"] and kept.schema == candidates_schema(make_job(**MARKED).recipe)
    assert rejects.select("row_id", "reason", "detail").rows() == [
        ("r1", "missing-slot", "no span of from_city, which cat must have"),
        ("r3", "unknown-slot", "dog has no slot from_city"),
    ]


def test_a_recipe_without_slots_is_left_alone():
    job = make_job()
    rows = make_candidates(job, "a", "b")
    kept, rejects = split_lacking(rows, job.recipe)
    assert kept is rows and rejects.is_empty() and rejects.schema == REJECTS


def test_a_real_row_without_its_slots_does_not_enter(tmp_path):
    real = [{"text": BOTH, "label": "cat"}, {"text": "Rome to Kyiv", "label": "cat"}, {"text": "late?", "label": "dog"}]
    found = open_real(tmp_path / "w", real=real, **MARKED).screen_real_rows()
    assert [(row["text"], len(row["spans"])) for row in found.rows.iter_rows(named=True)] == [
        ("Rome to Kyiv", 2),
        ("late?", 0),
    ]
    assert found.rejects["reason"].to_list() == ["missing-slot"]


def test_spans_are_shown_as_one_line():
    shown = show_spans(tabulate(("cat", BOTH), ("dog", "late?")).lazy()).collect()["spans"].to_list()
    assert shown == ["from_city = Rome (0 to 4); to_city = Kyiv (8 to 12)", ""]
    plain = pl.LazyFrame({"spans": ["a text of a recipe's own"]})
    assert show_spans(plain).collect().equals(plain.collect())
