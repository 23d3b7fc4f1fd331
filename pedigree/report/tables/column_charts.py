"""Charts of tables: the values of each column beside people's, and the differences of how pairs go together."""

from datetime import date, timedelta
from typing import Any

import altair as alt
import numpy as np

from pedigree.metrics.tables.columns import Column
from pedigree.report.charts import LINE_HEIGHT, Spec, finish

BINS = 24
MOST_LEVELS = 20  # of a category that are drawn, the most frequent ones
SIDES = ["synthetic", "people's"]
HEIGHT = 120  # pixels of a histogram


def draw_column(column: Column, sides: dict[str, np.ndarray], *, is_date: bool) -> Spec | None:
    """Draw the shares of a column's values on each side (name -> values); None without any value."""
    known = {name: values[~np.isnan(values)] for name, values in sides.items()}
    known = {name: values for name, values in known.items() if len(values)}
    if not known:
        return None
    if column.kind == "category":
        return _draw_levels(column, known)
    return _draw_numbers(column, known, is_date=is_date)


def _draw_numbers(column: Column, known: dict[str, np.ndarray], *, is_date: bool) -> Spec:
    together = np.concatenate(list(known.values()))
    low, high = np.percentile(together, [0.5, 99.5])
    whole = bool((together % 1 == 0).all()) and high - low < BINS
    edges = (
        np.arange(np.floor(low), high + 2) - (0 if is_date else 0.5)
        if whole
        else np.linspace(low, high if high > low else low + 1, BINS + 1)
    )
    lines = [
        {"rows": name, "from": _name_edge(start, is_date), "share": round(float(share), 6)}
        for name, values in known.items()
        for start, share in zip(
            edges, [*(np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0] / len(values)), 0], strict=True
        )
    ]
    kind = "T" if is_date else "Q"
    scale = alt.Scale() if is_date else alt.Scale(zero=False)
    x = alt.X(f"from:{kind}", scale=scale, axis=alt.Axis(title=column.name, grid=False, tickCount=6))
    chart = (
        alt.Chart(alt.InlineData(values=lines))
        .encode(
            x=x,
            y=alt.Y("share:Q", stack=None, axis=alt.Axis(title="share of rows", format="%", tickCount=3)),
            color=alt.Color("rows:N", sort=SIDES, legend=alt.Legend(title=None)),
            tooltip=[alt.Tooltip("rows:N"), alt.Tooltip(f"from:{kind}"), alt.Tooltip("share:Q", format=".1%")],
        )
        .properties(mark={"type": "area", "style": "lengths", "interpolate": "step-after", "line": True})
    )
    return finish(HEIGHT, chart)


def _name_edge(start: float, is_date: bool) -> float | str:
    return (date(1970, 1, 1) + timedelta(days=float(start))).isoformat() if is_date else float(f"{start:.6g}")


def _draw_levels(column: Column, known: dict[str, np.ndarray]) -> Spec:
    counts = {name: np.bincount(one.astype(int), minlength=len(column.levels)) for name, one in known.items()}
    order = np.argsort(-np.sum(list(counts.values()), axis=0), kind="stable")[:MOST_LEVELS]
    levels = [column.levels[place] for place in order]
    lines = [
        {"rows": name, "level": column.levels[place], "share": round(float(one[place] / one.sum()), 6)}
        for name, one in counts.items()
        for place in order
    ]
    chart = (
        alt.Chart(alt.InlineData(values=lines))
        .encode(
            x=alt.X("share:Q", axis=alt.Axis(title="share of rows", format="%", tickCount=6)),
            y=alt.Y("level:N", sort=levels, title=column.name),
            yOffset=alt.YOffset("rows:N", sort=SIDES),
            color=alt.Color("rows:N", sort=SIDES, legend=alt.Legend(title=None)),
            tooltip=[alt.Tooltip("level:N"), alt.Tooltip("rows:N"), alt.Tooltip("share:Q", format=".1%")],
        )
        .properties(mark={"type": "bar"})
    )
    return finish(LINE_HEIGHT * len(levels), chart)


def draw_differences(columns: list[str], pairs: list[dict[str, Any]]) -> Spec | None:
    """Draw the absolute difference of each pair's measure as a square of a matrix; None without any.

    ``pairs``: columns (two names), measure, synthetic, real, difference.
    """
    cells = [
        {"one": one, "other": other, **{key: pair[key] for key in ("measure", "synthetic", "real", "difference")}}
        for pair in pairs
        for one, other in (pair["columns"], pair["columns"][::-1])
        if pair["difference"] is not None and {one, other} <= {*columns}
    ]
    if not cells:
        return None
    tight = alt.Scale(paddingInner=0, paddingOuter=0)
    figures = [alt.Tooltip(f"{name}:Q", format=".2f") for name in ("synthetic", "real", "difference")]
    base = alt.Chart(alt.InlineData(values=cells)).encode(
        x=alt.X(
            "one:N", sort=columns, scale=tight, axis=alt.Axis(title=None, orient="top", labelAngle=-90, grid=False)
        ),
        y=alt.Y("other:N", sort=columns, scale=tight, title=None),
        tooltip=[alt.Tooltip("one:N"), alt.Tooltip("other:N"), alt.Tooltip("measure:N"), *figures],
    )
    return finish(
        LINE_HEIGHT * len(columns),
        base.encode(
            color=alt.Color("difference:Q", scale=alt.Scale(domain=[0, 1], interpolate="rgb"), legend=None)
        ).properties(mark={"type": "rect", "style": "cell"}),
        base.encode(text=alt.Text("difference:Q", format=".2f")).properties(mark={"type": "text", "style": "count"}),
    )
