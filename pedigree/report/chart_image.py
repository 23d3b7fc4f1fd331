"""Renders charts as PNG pictures, for pages without scripts; readable on light and on dark backgrounds."""

import base64

from vl_convert import vegalite_to_png

from pedigree.report.charts import Spec, draw_labels
from pedigree.report.matrix_charts import draw_readings
from pedigree.report.theme import COLORS, make_chart_config

WIDTH, SCALE = 640, 1.5  # pixels of the page, and picture pixels for each of them


def render_labels_png(lines: list[dict]) -> str:
    """Return the chart of the labels (``charts.draw_labels``) as the ``data:`` URI of a PNG."""
    return render_png(draw_labels(lines))


def render_readings_png(labels: list[str], columns: list[str], cells: list[dict]) -> str:
    """Return the chart of labels asked for and given (``matrix_charts``) as the ``data:`` URI of a PNG."""
    return render_png(draw_readings(labels, columns, cells))


def render_png(spec: Spec) -> str:
    """Return a chart as the ``data:`` URI of a PNG."""
    color, config = COLORS["light"], make_chart_config("light")
    axis = {**config["axis"], "labelColor": color["ink"], "labelFontSize": 13, "titleFontSize": 13}
    picture = {"background": color["paper"], "padding": 12, "font": "Liberation Sans, DejaVu Sans, sans-serif"}
    png = vegalite_to_png({**spec, "width": WIDTH, "config": {**config, **picture, "axis": axis}}, scale=SCALE)
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
