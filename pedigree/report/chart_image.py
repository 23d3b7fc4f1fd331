"""Pictures of charts, for pages that show no script: a PNG that is readable on light and on dark."""

import base64

from vl_convert import vegalite_to_png

from pedigree.report.charts import Spec, draw_labels

WIDTH, SCALE = 640, 1.5  # pixels, and how many of the picture's there are to one of the page's
INK, SOFT, LINE, KEPT, READ = "#1d1f22", "#5f646b", "#e6e5e1", "#8fb3da", "#c2621b"
LOOK = {
    "background": "#ffffff",
    "padding": 12,
    "font": "Liberation Sans, DejaVu Sans, sans-serif",
    "view": {"stroke": "transparent"},
    "axis": {"domain": False, "ticks": False, "gridColor": LINE, "labelColor": INK, "titleColor": SOFT,
             "labelFontSize": 13, "titleFontSize": 13, "titleFontWeight": "normal", "labelPadding": 6},
    "axisYBand": {"grid": False, "labelLimit": 190},
    "scale": {"bandPaddingInner": 0.32},
    "tick": {"bandSize": 20, "thickness": 2},
    "style": {
        "kept": {"color": KEPT, "cornerRadiusEnd": 2},
        "made": {"filled": True, "color": "#ffffff", "stroke": INK, "strokeWidth": 1.2, "size": 42, "opacity": 1},
        "read": {"filled": True, "color": READ, "stroke": "#ffffff", "strokeWidth": 0.8, "shape": "diamond",
                 "size": 70, "opacity": 1},
        "target": {"color": INK, "opacity": 1},
    },
}  # fmt: skip


def paint_labels(lines: list[dict]) -> str:
    """Return the chart of the labels (``charts.draw_labels``) as a picture."""
    return paint(draw_labels(lines))


def paint(spec: Spec) -> str:
    """Return a chart as the ``data:`` URI of a PNG."""
    png = vegalite_to_png({**spec, "width": WIDTH, "config": LOOK}, scale=SCALE)
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
