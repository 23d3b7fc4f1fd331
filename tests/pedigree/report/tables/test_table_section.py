"""What the report tells and draws of a tabular dataset."""

from types import SimpleNamespace

import altair as alt
import numpy as np
import pytest

from pedigree.metrics.tables.columns import Column
from pedigree.report.evaluation_page import pair_figures
from pedigree.report.reference.table_measures import TABLE_MEASURES
from pedigree.report.tables.column_charts import SIDES, draw_column, draw_differences
from pedigree.report.tables.section import MOST_CELLS, describe_tables, draw_tables, rank_columns
from tests.pedigree.report.reference.test_pages import list_keys
from tests.support.make_table_job import make_measured_table


def values_of(spec):
    [values] = spec["datasets"].values()
    return values


def test_a_number_a_date_and_a_category_are_drawn_by_their_shares():
    ours, theirs = np.array([0.0, 1, 1, 2, np.nan]), np.array([1.0, 1, 2, 2])
    spec = draw_column(Column("n", "number"), dict(zip(SIDES, (ours, theirs), strict=True)), is_date=False)
    alt.Chart.from_dict(spec)
    found = {(one["rows"], one["from"]): one["share"] for one in values_of(spec)}
    assert found["synthetic", 0.5] == found["people's", 0.5] == 0.5 and found["synthetic", -0.5] == 0.25
    dates = draw_column(Column("d", "number"), {SIDES[0]: np.array([19783.0, 19790.0])}, is_date=True)
    assert values_of(dates)[0]["from"] == "2024-03-01" and "temporal" in str(dates)
    kind = draw_column(
        Column("k", "category", ("a", "b")), dict(zip(SIDES, (ours % 2, theirs % 2), strict=True)), is_date=False
    )
    alt.Chart.from_dict(kind)
    assert {(one["rows"], one["level"]): one["share"] for one in values_of(kind)} == {
        ("synthetic", "a"): 0.5, ("synthetic", "b"): 0.5, ("people's", "a"): 0.5, ("people's", "b"): 0.5
    }  # fmt: skip
    assert draw_column(Column("n", "number"), {SIDES[0]: np.array([np.nan])}, is_date=False) is None
    assert draw_column(Column("n", "number"), {SIDES[0]: np.array([3.5, 3.5])}, is_date=False)


def pair(one, other, difference):
    return {"columns": [one, other], "measure": "pearson", "synthetic": 0.1, "real": 0.2, "difference": difference}


def test_each_difference_stands_twice_in_the_matrix_and_unknown_ones_not_at_all():
    spec = draw_differences(["a", "b", "c"], [pair("a", "b", 0.5), pair("a", "c", None), pair("b", "z", 0.1)])
    assert [(one["one"], one["other"]) for one in values_of(spec)] == [("a", "b"), ("b", "a")]
    assert draw_differences(["a"], []) is None


def test_the_farthest_come_first_and_a_dataset_of_texts_has_no_section():
    columns = {"a": {"distance": 0.1}, "b": {"distance": None}, "c": {"distance": 0.4}}
    pairs = [pair("a", "b", None), pair("a", "c", 0.2), pair("b", "c", 0.3)]
    told = describe_tables({"tables": {"columns": columns, "pairs": pairs, "against": "seeds"}})
    assert told["columns"] == rank_columns({"columns": columns}) == ["c", "a", "b"]
    assert [one["difference"] for one in told["pairs"]] == [0.3, 0.2] and told["people"] == "seed rows"
    assert describe_tables({}) is None and draw_tables(SimpleNamespace(), SimpleNamespace(), {}) == {}
    assert MOST_CELLS == 15


@pytest.mark.full
def test_a_measured_table_has_its_section_card_and_every_key_explained(tmp_path_factory):
    job, metrics = make_measured_table(tmp_path_factory)
    names = {"tables": {"columns"}, "usefulness": set()}
    found = list_keys(metrics["tables"], "tables", names["tables"])
    known = {key for _, keys in TABLE_MEASURES.values() for key in keys}
    assert found <= known and TABLE_MEASURES["tables"][1].keys() - found <= {"similarity"}
    useful = metrics["usefulness"]
    assert useful["student"] == "columns-logreg" and useful["embeddings"] is None
    assert list_keys(useful["model_selection"], "model_selection", set()) <= known
    assert list_keys(useful["feature_selection"], "feature_selection", set()) <= known
    report = (job.folder / "report.html").read_text(encoding="utf-8")
    for words in (
        "Columns beside people",
        "Would you choose the same model?",
        'data-chart="column-height"',
        'data-chart="pairs"',
    ):
        assert words in report
    card = (job.folder / "README.md").read_text(encoding="utf-8")
    assert "the mean distance of a column is" in card and "Models rank on these rows" in card
    now = {one.name: one.now for one in pair_figures(metrics, metrics)}
    assert now["mean distance of a column"] == metrics["tables"]["column_distance"]
    assert now["macro-F1 of trees, trained on both"] == useful["boosted"]["both"]["macro_f1"]
