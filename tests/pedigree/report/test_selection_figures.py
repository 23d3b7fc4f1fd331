"""A choice by coverage is told: counts by label, and how people's rows are covered before and after."""

import polars as pl

from pedigree.dataset.schemas import read_table
from pedigree.job_outputs import read_job_outputs
from pedigree.report.markdown import escape_markdown
from pedigree.report.selection_figures import describe_choice, describe_selection
from tests.support.make_measured_job import copy_measured_job, write_pages


def test_counts_and_coverage_are_those_of_the_tables_and_both_pages_tell_them(tmp_path_factory, tmp_path):
    job, metrics = copy_measured_job(tmp_path_factory, tmp_path / "w")
    found = describe_selection(job, read_job_outputs(job))
    rejects = read_table(job.table("rejects"))
    over = dict(rejects.filter(pl.col("reason") == "surplus")["label"].value_counts().iter_rows())
    rows = pl.concat([read_table(job.table(split)) for split in ("train", "validation")])
    assert sum(over.values()) > 0 and found["people"] == len(job.held_out)
    for label, count in rows["label"].value_counts().iter_rows():
        one = found["labels"][label]
        assert (one["chosen"], one["kept"]) == (count, count + over.get(label, 0)) and one["made"] >= one["kept"]
    assert found["compared"] == rows.height + sum(over.values())
    assert 0 <= found["coverage_of_chosen"] <= found["coverage_of_kept"] <= 1
    write_pages(job, metrics | {"selection": found})
    card, page = ((job.folder / name).read_text(encoding="utf-8") for name in ("README.md", "report.html"))
    said = describe_choice(found)
    assert f"{rows.height:,} were chosen; of {found['people']:,} held-out rows" in said
    assert f"{escape_markdown(said)}." in card and f"<p>{said}.</p>" in page
    assert describe_choice(None) is None


def test_where_nothing_can_be_compared_coverage_is_unknown():
    found = {"labels": {"cat": {"made": 9, "kept": 6, "chosen": 4}}, "people": 0, "against": "seeds"}
    said = describe_choice(found | {"coverage_of_kept": None, "coverage_of_chosen": None})
    assert said.endswith("of 9 made, 6 passed the screens and 4 were chosen; how they cover people's rows is unknown")
