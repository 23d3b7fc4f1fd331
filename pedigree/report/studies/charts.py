"""Charts of a study, as Vega-Lite specifications: see pedigree/report/charts.py."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from pedigree.report.charts import LINE_HEIGHT, Spec, finish

LANE = 18  # pixels of one system within a task
Lines = Sequence[dict[str, Any]]


def draw_scores(lines: Lines, systems: Sequence[str]) -> Spec:
    """Draw macro-F1 by task and system: point, 95 % interval; the score of each seed as a tick where there are several.

    ``lines``: task, system, macro_f1, low, high, each.
    """
    tasks = list(dict.fromkeys(line["task"] for line in lines))
    base = alt.Chart(alt.InlineData(values=list(lines))).encode(
        y=alt.Y("task:N", sort=tasks, title=None),
        yOffset=alt.YOffset("system:N", sort=list(systems)),
        color=_color(systems),
        tooltip=[
            alt.Tooltip("task:N"),
            alt.Tooltip("system:N"),
            *(alt.Tooltip(f"{name}:Q", format=".3f") for name in ("macro_f1", "low", "high")),
            alt.Tooltip("seeds:Q"),
        ],
    )
    scale, axis = alt.Scale(domain=[0, 1]), alt.Axis(title="macro-F1 on the held-out rows", tickCount=6)
    return finish(
        LANE * len(systems) * len(tasks),
        base.encode(x=alt.X("low:Q", scale=scale, axis=axis), x2=alt.X2("high:Q"), opacity=alt.value(0.35)).properties(
            mark={"type": "rule", "strokeWidth": 5, "strokeCap": "round"}
        ),
        base.transform_filter("datum.seeds > 1")
        .transform_flatten(["each"])
        .encode(x=alt.X("each:Q"))
        .properties(mark={"type": "tick", "style": "repeat", "size": 9}),
        base.encode(x=alt.X("macro_f1:Q")).properties(mark={"type": "point", "filled": True, "opacity": 1, "size": 70}),
    )


def draw_gaps(points: Lines, systems: Sequence[str]) -> Spec:
    """Draw the gap to real rows of each task against its subjectivity, with 95 % intervals.

    ``points``: task, system, subjectivity, gap, gap_low, gap_high.
    """
    base = alt.Chart(alt.InlineData(values=list(points))).encode(
        x=alt.X("subjectivity:Q", axis=alt.Axis(title="subjectivity of the task", tickCount=6), scale=_PADDED),
        y=alt.Y(
            "gap:Q",
            axis=alt.Axis(title="macro-F1 of real rows minus synthetic", format="+.2f", tickCount=6),
            scale=alt.Scale(padding=26),
        ),
        tooltip=[
            alt.Tooltip("task:N"),
            alt.Tooltip("system:N"),
            alt.Tooltip("subjectivity:Q"),
            *(alt.Tooltip(f"{name}:Q", format="+.3f") for name in ("gap", "gap_low", "gap_high")),
        ],
    )
    top: dict[str, dict[str, Any]] = {}
    for point in points:
        if point["task"] not in top or point["gap_high"] > top[point["task"]]["gap_high"]:
            top[point["task"]] = point
    names = alt.Chart(alt.InlineData(values=list(top.values()))).encode(
        x=alt.X("subjectivity:Q"), y=alt.Y("gap_high:Q"), text=alt.Text("task:N")
    )
    shown = [one for one in systems if one in {point["system"] for point in points}]
    span = base.encode(y=alt.Y("gap_low:Q"), y2=alt.Y2("gap_high:Q"), color=_color(systems, shown))
    return finish(
        300,
        alt.Chart(alt.InlineData(values=[{"zero": 0}]))
        .properties(mark={"type": "rule", "style": "zero"})
        .encode(y=alt.Y("zero:Q")),
        span.encode(opacity=alt.value(0.35)).properties(mark={"type": "rule", "strokeWidth": 4, "strokeCap": "round"}),
        base.encode(color=_color(systems, shown)).properties(mark={"type": "point", "style": "knot", "size": 80}),
        names.properties(mark={"type": "text", "style": "count", "dy": -13}),
    )


def draw_ranks(lines: Lines, systems: int) -> Spec:
    """Draw average ranks, each with a bar of the critical difference: of two that differ, the bars do not overlap.

    ``lines``: system, rank, low, high (rank -+ half of the critical difference), the best first.
    """
    base = alt.Chart(alt.InlineData(values=list(lines))).encode(
        y=alt.Y("system:N", sort=[line["system"] for line in lines], title=None),
        tooltip=[alt.Tooltip("system:N"), alt.Tooltip("rank:Q", format=".2f")],
    )
    axis = alt.Axis(title="average rank over the tasks, 1 is the best", tickMinStep=1)
    scale = alt.Scale(
        domain=[min(0.5, *(line["low"] for line in lines)), max(systems + 0.5, *(line["high"] for line in lines))]
    )
    return finish(
        LINE_HEIGHT * len(lines),
        base.encode(x=alt.X("low:Q", axis=axis, scale=scale), x2=alt.X2("high:Q")).properties(
            mark={"type": "rule", "style": "interval"}
        ),
        base.encode(x=alt.X("rank:Q")).properties(mark={"type": "point", "style": "estimate"}),
    )


def draw_curve(points: Lines, systems: Sequence[str], by: str) -> Spec:
    """Draw macro-F1 of one task by an amount of rows, a line and 95 % intervals for each system.

    ``points``: amount, system, macro_f1, low, high. Places on the axis of amounts are not to scale.
    """
    amounts = sorted({point["amount"] for point in points})
    values = [{**point, "rows": f"{point['amount']:,}"} for point in points]
    base = alt.Chart(alt.InlineData(values=values)).encode(
        x=alt.X("rows:O", sort=[f"{one:,}" for one in amounts], axis=alt.Axis(title=by, labelAngle=0)),
        color=_color(systems, [one for one in systems if one in {point["system"] for point in points}], columns=2),
        tooltip=[
            alt.Tooltip("system:N"),
            alt.Tooltip("rows:N", title=by),
            *(alt.Tooltip(f"{name}:Q", format=".3f") for name in ("macro_f1", "low", "high")),
        ],
    )
    axis, scale = alt.Axis(title="macro-F1", tickCount=5), alt.Scale(zero=False, padding=8)
    spans = base.encode(y=alt.Y("low:Q", axis=axis, scale=scale), y2=alt.Y2("high:Q"), opacity=alt.value(0.3))
    return finish(
        220,
        spans.properties(mark={"type": "rule", "strokeWidth": 3, "strokeCap": "round"}),
        base.encode(y=alt.Y("macro_f1:Q", axis=axis, scale=scale)).properties(mark={"type": "line", "style": "curve"}),
        base.encode(y=alt.Y("macro_f1:Q")).properties(mark={"type": "point", "style": "knot"}),
    )


def draw_agreement(lines: Lines, systems: Sequence[str]) -> Spec:
    """Draw the accuracy of one task by the least agreement of its rows.

    ``lines``: agreement, rows, system, accuracy.
    """
    axis = alt.Axis(title="agreement of annotators, at least", format=".0%", tickCount=5)
    base = alt.Chart(alt.InlineData(values=list(lines))).encode(
        x=alt.X("agreement:Q", axis=axis, scale=alt.Scale(zero=False, padding=12)),
        y=alt.Y("accuracy:Q", axis=alt.Axis(title="accuracy", tickCount=5), scale=alt.Scale(zero=False, padding=8)),
        color=_color(systems, [one for one in systems if one in {line["system"] for line in lines}], columns=2),
        tooltip=[
            alt.Tooltip("system:N"),
            alt.Tooltip("agreement:Q", format=".0%"),
            alt.Tooltip("rows:Q", format=","),
            alt.Tooltip("accuracy:Q", format=".3f"),
        ],
    )
    return finish(
        220,
        base.properties(mark={"type": "line", "style": "curve"}),
        base.properties(mark={"type": "point", "style": "knot"}),
    )


def draw_diversity(lines: Lines) -> Spec:
    """Draw measures of diversity by system, each from 0 to 1. ``lines``: system, measure, value."""
    measures = list(dict.fromkeys(line["measure"] for line in lines))
    base = alt.Chart(alt.InlineData(values=list(lines))).encode(
        y=alt.Y("system:N", sort=list(dict.fromkeys(line["system"] for line in lines)), title=None),
        x=alt.X("value:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(title="0 to 1", tickCount=6)),
        color=alt.Color("measure:N", sort=measures, legend=alt.Legend(title=None)),
        shape=alt.Shape("measure:N", sort=measures, legend=None),
        tooltip=[alt.Tooltip("system:N"), alt.Tooltip("measure:N"), alt.Tooltip("value:Q", format=".3f")],
    )
    height = LINE_HEIGHT * len({line["system"] for line in lines})
    return finish(height, base.properties(mark={"type": "point", "filled": True, "opacity": 1, "size": 75}))


_PADDED = alt.Scale(zero=False, padding=30)


def _color(systems: Sequence[str], shown: Sequence[str] | None = None, columns: int | None = None) -> alt.Color:
    """Return the colours of systems, the same in all charts; the legend has those that are ``shown``."""
    legend: dict[str, Any] = {"title": None, "values": list(shown or systems)}
    legend |= {"columns": columns} if columns else {}
    return alt.Color("system:N", sort=list(systems), scale=alt.Scale(domain=list(systems)), legend=alt.Legend(**legend))
