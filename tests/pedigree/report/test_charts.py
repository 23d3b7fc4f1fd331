"""Specifications of charts: checked by Altair, the same each time, short where there is much."""

import altair as alt
import polars as pl
import pytest

from pedigree.report import charts, matrix_charts

POINT = {"x": 0.1, "y": 0.2, "kind": "row", "label": "a", "origin": "g", "text": "hello"}


@pytest.fixture(autouse=True)
def check_every_specification(monkeypatch):
    """Let Altair check each chart against the schema of Vega-Lite, which the report leaves out: it takes time."""
    finish = charts.finish

    def finish_checked(*parts):
        spec = finish(*parts)
        alt.Chart.from_dict(spec)
        return spec

    for module in (charts, matrix_charts):
        monkeypatch.setattr(module, "finish", finish_checked)


def line(number, deviation=0.0):
    return {"label": f"l{number}", "target": 0.01, "kept": 0.01 + deviation, "made": 0.01, "read": None}


def values(spec):
    (data,) = spec["datasets"].values()
    return data


def test_a_chart_is_a_function_of_its_data():
    assert charts.draw_map([POINT]) == charts.draw_map([POINT])
    assert charts.draw_labels([line(1)]) == charts.draw_labels([line(1)])


def test_a_chart_names_no_address_and_no_colour():
    for spec in [
        charts.draw_labels([line(1)]),
        charts.draw_map([POINT]),
        charts.draw_rejects([{"reason": "pii", "generator": "g", "candidates": 3}]),
        matrix_charts.draw_confusion(["a", "b"], [[1, 0], [2, 3]]),
        matrix_charts.draw_readings(
            ["a"], ["a", "b"], [{"asked": "a", "given": "b", "rows": 2, "share": 1, "same": False}]
        ),
    ]:
        assert "$schema" not in spec
        assert "config" not in spec
        assert spec["width"] == "container"


def test_of_many_labels_the_most_deviating_are_drawn_in_their_order():
    drawn = values(charts.draw_labels([line(n, deviation=0.1 * (n in {3, 90})) for n in range(100)]))
    assert len(drawn) == charts.WORST_BARS == 15
    assert [entry["label"] for entry in drawn if entry["kept"] > 0.1] == ["l3", "l90"]


def test_shares_of_lengths_sum_to_one_with_the_longest_in_the_last_bin():
    lengths = {"rows": pl.Series([10] * 99 + [5000]), "seeds": pl.Series([12, 30])}
    drawn = values(charts.draw_lengths(lengths))
    for name in lengths:
        assert round(sum(entry["share"] for entry in drawn if entry["rows"] == name), 4) == 1
    assert charts.draw_lengths({"rows": pl.Series([], dtype=pl.UInt32)}) is None


def test_a_map_of_more_labels_than_colours_is_coloured_by_kind():
    points = [POINT | {"label": f"l{n}"} for n in range(11)]
    assert charts.draw_map(points)["encoding"]["color"]["field"] == "kind"
    assert charts.draw_map(points[:10])["encoding"]["color"]["field"] == "label"


def test_of_many_labels_those_that_gain_or_lose_most_are_drawn_in_their_order():
    gains = [
        {"label": f"l{n}", "test_rows": 5, "gain": {3: 0.3, 90: -0.4}.get(n, 0.0), "low": -0.1, "high": 0.1}
        for n in range(100)
    ]
    spec = charts.draw_gains(gains)
    drawn = next(data for data in spec["datasets"].values() if len(data) > 1)
    assert len(drawn) == charts.WORST_BARS == 15
    assert [entry["label"] for entry in drawn if entry["gain"]] == ["l3", "l90"]


def test_a_learning_curve_has_a_line_for_each_number_of_real_rows_the_fewest_first():
    points = [
        {"synthetic": few, "real": more, "macro_f1": 0.5, "draws": 2} for more in (0, 64, 128) for few in (100, 1_000)
    ]
    spec = charts.draw_learning_curve(points)
    assert [entry["real"] for entry in values(spec)] == ["0", "0", "64", "64", "128", "128"]
    assert spec["layer"][0]["encoding"]["color"]["sort"] == ["0", "64", "128"]


def test_a_student_without_repeats_has_its_point_all_the_same():
    lines = [{"trained": "a", "f1": 0.5, "low": 0.4, "high": 0.6, "repeats": []}]
    assert values(charts.draw_usefulness(lines)) == lines
