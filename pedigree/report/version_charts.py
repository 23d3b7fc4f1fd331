"""Charts of figures over the versions of a dataset, as Vega-Lite specifications like those of the report."""

from collections.abc import Sequence

import altair as alt

from pedigree.report.charts import Spec, finish

HEIGHT = 170  # pixels


def draw_figure(lines: Sequence[dict], order: Sequence[str], percent: bool = False) -> Spec:
    """Draw a figure by version: line, point, 95 % interval where there is one.

    ``lines``: version, name, value, low and high (None without an interval), rests (what it was measured on). Several
    names make several lines, told apart by colour.
    """
    form = ".1%" if percent else ".3~f"
    axis = alt.Axis(title=None, tickCount=4, format="~%") if percent else alt.Axis(title=None, tickCount=4)
    several = len({line["name"] for line in lines}) > 1
    shift = alt.XOffset("name:N") if several else alt.Undefined
    base = alt.Chart(alt.InlineData(values=list(lines))).encode(
        x=alt.X("version:N", sort=list(order), axis=alt.Axis(title=None, labelAngle=0, grid=False)),
        color=alt.Color("name:N", legend=alt.Legend(title=None) if several else None),
        tooltip=[
            alt.Tooltip("version:N"),
            alt.Tooltip("name:N"),
            *(alt.Tooltip(f"{name}:Q", format=form) for name in ("value", "low", "high")),
            alt.Tooltip("rests:N", title="measured on"),
        ],
    )
    value = base.encode(y=alt.Y("value:Q", scale=alt.Scale(zero=False), axis=axis), xOffset=shift)
    layers = [
        value.properties(mark={"type": "line", "style": "curve"}),
        value.properties(mark={"type": "point", "style": "knot"}),
    ]
    if any(line["low"] is not None for line in lines):  # a layer without marks has no name for a screen reader
        span = base.transform_filter("datum.low !== null").encode(
            y=alt.Y("low:Q", scale=alt.Scale(zero=False), axis=axis), y2=alt.Y2("high:Q"), xOffset=shift
        )
        layers.insert(0, span.properties(mark={"type": "rule", "opacity": 0.45, "strokeWidth": 4}))
    return finish(HEIGHT, *layers)


def draw_rejects_by_version(lines: Sequence[dict], order: Sequence[str]) -> Spec:
    """Draw the share of each reason in what each version was made of. ``lines``: version, reason, share, rejected."""
    chart = (
        alt.Chart(alt.InlineData(values=list(lines)))
        .encode(
            x=alt.X("version:N", sort=list(order), axis=alt.Axis(title=None, labelAngle=0, grid=False)),
            y=alt.Y("share:Q", axis=alt.Axis(title=None, format="~%", tickCount=4)),
            color=alt.Color("reason:N", legend=alt.Legend(title=None, columns=3)),
            tooltip=[
                alt.Tooltip("version:N"),
                alt.Tooltip("reason:N"),
                alt.Tooltip("share:Q", format=".1%"),
                alt.Tooltip("rejected:Q"),
            ],
        )
        .properties(mark={"type": "bar"})
    )
    return finish(HEIGHT, chart)
