"""Colours and styles of charts and pages, in light and in dark: the one table for CSS and for Vega-Lite."""

from typing import Any

COLORS = {
    "light": {
        "paper": "#ffffff", "wash": "#f6f6f3", "ink": "#1d1f22", "soft": "#5f646b", "line": "#e6e5e1",
        "rule": "#cfcec8", "kept": "#8fb3da", "read": "#c2621b", "link": "#2a5f9e", "ok": "#23703f",
        "ok-wash": "#eaf4ec", "bad": "#b0302a", "bad-wash": "#fbeceb", "warn": "#8a5a00", "warn-wash": "#fcf3df",
    },
    "dark": {
        "paper": "#181a1d", "wash": "#202327", "ink": "#e7e6e2", "soft": "#a3a7ae", "line": "#2e3238",
        "rule": "#43484f", "kept": "#5b8fc7", "read": "#eda45c", "link": "#8db8e8", "ok": "#7fce99",
        "ok-wash": "#1c2b22", "bad": "#f28b82", "bad-wash": "#331f1f", "warn": "#e6b85c", "warn-wash": "#2e2717",
    },
}  # fmt: skip
CATEGORIES = {
    "light": [
        "#3a6fc4",
        "#d18400",
        "#c6423d",
        "#2a9a8b",
        "#6f9a1d",
        "#cf5a98",
        "#7d4fc0",
        "#8b6243",
        "#5d7b93",
        "#aa9a00",
    ],
    "dark": [
        "#77a3ee",
        "#efb14e",
        "#ef8079",
        "#5fcabb",
        "#a4cf5d",
        "#ef92c1",
        "#b593ed",
        "#c9a17e",
        "#9bb5c8",
        "#d8cb50",
    ],
}
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"


def write_css_variables() -> str:
    """Return the colours as CSS variables (``--ink``), for both colour schemes."""
    light, dark = (" ".join(f"--{name}: {color};" for name, color in COLORS[mode].items()) for mode in COLORS)
    return (
        f":root {{ color-scheme: light dark; {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
    )


def make_chart_config(mode: str) -> dict[str, Any]:
    """Return the Vega-Lite config of a colour scheme (``light`` or ``dark``): axes, legends and the styles of marks."""
    color = COLORS[mode]
    titles = {"titleColor": color["soft"], "titleFontSize": 12, "titleFontWeight": "normal", "labelFontSize": 12}
    ramp = [color["paper"], color["kept"]]
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": "transparent"},
        "axis": {
            "domain": False,
            "ticks": False,
            "gridColor": color["line"],
            "labelColor": color["soft"],
            "labelPadding": 6,
            "titlePadding": 8,
            **titles,
        },
        "axisYBand": {"grid": False, "labelColor": color["ink"], "labelLimit": 190},
        "axisXBand": {"grid": False, "labelLimit": 120},
        "legend": {
            "orient": "top",
            "labelColor": color["soft"],
            "labelLimit": 180,
            "columnPadding": 18,
            "rowPadding": 4,
            "symbolOpacity": 1,
            **titles,
        },
        "range": {"category": CATEGORIES[mode], "heatmap": ramp, "ramp": ramp},
        "scale": {"bandPaddingInner": 0.32},
        "tick": {"bandSize": 20, "thickness": 2},
        "style": _style_marks(color),
    }


def _style_marks(color: dict[str, str]) -> dict[str, Any]:
    point = {"filled": True, "opacity": 1}
    return {
        "kept": {"color": color["kept"], "cornerRadiusEnd": 2},
        "made": {**point, "color": color["paper"], "stroke": color["ink"], "strokeWidth": 1.2, "size": 42},
        "read": {
            **point,
            "color": color["read"],
            "stroke": color["paper"],
            "strokeWidth": 0.8,
            "shape": "diamond",
            "size": 70,
        },
        "target": {"color": color["ink"], "opacity": 1},
        "lengths": {"fillOpacity": 0.2},
        "text": {"filled": True},
        "interval": {"color": color["kept"], "strokeWidth": 5, "strokeCap": "round"},
        "repeat": {"color": color["soft"], "opacity": 0.6},
        "estimate": {**point, "color": color["ink"], "size": 90},
        "zero": {"color": color["soft"], "strokeDash": [3, 3]},
        "curve": {"strokeWidth": 2},
        "knot": {**point, "size": 42},
        "cell": {"stroke": color["paper"]},
        "empty": {"color": color["wash"], "stroke": color["paper"]},
        "same": {"color": color["kept"], "stroke": color["paper"]},
        "other": {"color": color["read"], "stroke": color["paper"]},
        "count": {"color": color["ink"], "fontSize": 11},
    }
