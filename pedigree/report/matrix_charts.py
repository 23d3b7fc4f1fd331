"""Charts of one list of labels against another, and of parts of a whole, as ``charts`` makes the others."""

import altair as alt

from pedigree.report.charts import LINE_HEIGHT, MAX_BARS, WORST_BARS, Spec, finish


def draw_confusion(labels: list[str], confusion: list[list[int]]) -> Spec:
    """Draw a confusion matrix of the held-out rows: true labels in lines, predicted in columns, shares of a line."""
    cells = [
        {"true": true, "predicted": predicted, "rows": rows, "share": round(rows / (sum(line) or 1), 4)}
        for true, line in zip(labels, confusion, strict=True)
        for predicted, rows in zip(labels, line, strict=True)
    ]
    tight = alt.Scale(paddingInner=0, paddingOuter=0)
    base = alt.Chart(alt.InlineData(values=cells)).encode(
        x=alt.X(
            "predicted:N",
            sort=labels,
            scale=tight,
            axis=alt.Axis(title="predicted", orient="top", labelAngle=-90, grid=False),
        ),
        y=alt.Y("true:N", sort=labels, scale=tight, title=None),
        tooltip=[
            alt.Tooltip("true:N"),
            alt.Tooltip("predicted:N"),
            alt.Tooltip("rows:Q"),
            alt.Tooltip("share:Q", format=".0%"),
        ],
    )
    return finish(
        LINE_HEIGHT * len(labels),
        base.encode(
            color=alt.Color("share:Q", scale=alt.Scale(domain=[0, 1], interpolate="rgb"), legend=None)
        ).properties(mark={"type": "rect", "style": "cell"}),
        base.transform_filter("datum.rows > 0")
        .encode(text=alt.Text("rows:Q"))
        .properties(mark={"type": "text", "style": "count"}),
    )


def draw_readings(labels: list[str], columns: list[str], cells: list[dict]) -> Spec:
    """Draw labels asked for (lines) and given (columns): the same label and others in two colours, dark if frequent.

    ``cells``: asked, given, rows, share (of the line), same (whether both labels are the same).
    """
    tight = alt.Scale(paddingInner=0, paddingOuter=0)
    axis = alt.Axis(title="label given", orient="top", labelAngle=-90, grid=False, labelLimit=150)
    base = alt.Chart(alt.InlineData(values=cells)).encode(
        x=alt.X("given:N", sort=columns, scale=tight, axis=axis),
        y=alt.Y("asked:N", sort=labels, scale=tight, title="label asked for"),
        tooltip=[
            alt.Tooltip("asked:N", title="asked for"),
            alt.Tooltip("given:N"),
            alt.Tooltip("rows:Q"),
            alt.Tooltip("share:Q", format=".0%"),
        ],
    )
    shade = alt.Scale(type="sqrt", domain=[0, 1], range=[0, 0.85])  # a square root, so that small shares are seen
    layers = [
        base.transform_filter(f"{'' if style == 'same' else '!'}datum.same")
        .encode(opacity=alt.Opacity("share:Q", scale=shade, legend=None))
        .properties(mark={"type": "rect", "style": style})
        for style in ("same", "other")
    ]
    return finish(
        LINE_HEIGHT * len(labels),
        base.properties(mark={"type": "rect", "style": "empty"}),
        *layers,
        base.transform_filter("datum.rows > 0")
        .encode(text=alt.Text("rows:Q", format=","))
        .properties(mark={"type": "text", "style": "count"}),
    )


def draw_difficulty(lines: list[dict]) -> Spec:
    """Draw the shares of easy, ambiguous and hard rows by origin as parts of a bar.

    ``lines``: rows (the origin), kind, place (of the kind in the bar), share. Of more than 40 origins, the first two
    are drawn and the 15 with the largest share of the last kind.
    """
    shown, kinds = (list(dict.fromkeys(line[name] for line in lines)) for name in ("rows", "kind"))
    if len(shown) > MAX_BARS:
        hard = {line["rows"]: line["share"] for line in lines if line["kind"] == kinds[-1]}
        worst = sorted(shown[2:], key=lambda origin: -hard.get(origin, 0))[:WORST_BARS]
        shown = [origin for origin in shown if origin in {*shown[:2], *worst}]
    chart = (
        alt.Chart(alt.InlineData(values=[line for line in lines if line["rows"] in shown]))
        .encode(
            x=alt.X("share:Q", stack="zero", axis=alt.Axis(title="share of rows", format="%", tickCount=6)),
            y=alt.Y("rows:N", sort=shown, title=None),
            color=alt.Color("kind:N", sort=kinds, legend=alt.Legend(title=None)),
            order=alt.Order("place:Q"),
            tooltip=[alt.Tooltip("rows:N"), alt.Tooltip("kind:N"), alt.Tooltip("share:Q", format=".1%")],
        )
        .properties(mark={"type": "bar"})
    )
    return finish(LINE_HEIGHT * len(shown), chart)
