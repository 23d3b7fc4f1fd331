"""Charts of the report, as Vega-Lite specifications (plain JSON) made with Altair.

They hold no colours or sizes: each mark names a style that ``theme`` defines for light and dark. Equal data give
equal specifications. Encodings are written as objects: Altair takes far longer to read them from text.
"""

from collections.abc import Sequence, Sized
from typing import Any

import altair as alt
import numpy as np
import polars as pl

from pedigree.dataset.results import GateResult

Spec = dict[str, Any]

MAX_BARS = 40  # of more labels the WORST_BARS are drawn for which it matters most
WORST_BARS = 15
MAX_CATEGORIES = 10
LINE_HEIGHT = 26  # pixels
DRIFT = "drift: "  # how the names of the gates on drift begin


def count_bars(lines: Sized) -> int:
    """Return how many of so many lines a chart draws."""
    return len(lines) if len(lines) <= MAX_BARS else WORST_BARS


def draw_labels(lines: list[dict]) -> Spec:
    """Draw each label's share of the rows kept (bar), made and predicted (points), and its target (tick).

    ``lines`` have label, target, kept, made and read (the predicted share, or None). Of more than 40 labels, the 15
    that deviate most are drawn.
    """
    order = [line["label"] for line in lines]
    worst = sorted(lines, key=lambda line: (-abs(line["kept"] - line["target"]), order.index(line["label"])))[
        : count_bars(lines)
    ]
    shown = [line for line in lines if line in worst]
    base = alt.Chart(alt.InlineData(values=shown)).encode(
        y=alt.Y("label:N", sort=[line["label"] for line in shown], title=None),
        tooltip=[
            alt.Tooltip("label:N", title="label"),
            *(alt.Tooltip(f"{name}:Q", title=name, format=".2%") for name in ("target", "made", "kept", "read")),
        ],
    )
    share = alt.Axis(format="%", title="share of rows", tickCount=6)
    return finish(
        LINE_HEIGHT * len(shown),
        base.encode(x=alt.X("kept:Q", axis=share)).properties(mark={"type": "bar", "style": "kept"}),
        base.encode(x=alt.X("made:Q")).properties(mark={"type": "point", "style": "made"}),
        base.encode(x=alt.X("read:Q")).properties(mark={"type": "point", "style": "read"}),
        base.encode(x=alt.X("target:Q")).properties(mark={"type": "tick", "style": "target"}),
    )


def draw_rejects(lines: list[dict]) -> Spec:
    """Draw the rejected candidates by reason and generator. ``lines``: reason, generator, candidates."""
    chart = (
        alt.Chart(alt.InlineData(values=lines))
        .encode(
            x=alt.X("sum(candidates):Q", axis=alt.Axis(title="candidates", tickMinStep=1, tickCount=6)),
            y=alt.Y("reason:N", sort="-x", title=None),
            color=alt.Color("generator:N", legend=alt.Legend(title=None)),
            tooltip=[alt.Tooltip("reason:N"), alt.Tooltip("generator:N"), alt.Tooltip("sum(candidates):Q")],
        )
        .properties(mark={"type": "bar"})
    )
    return finish(LINE_HEIGHT * len({line["reason"] for line in lines}), chart)


def draw_lengths(lengths: dict[str, pl.Series]) -> Spec | None:
    """Draw histograms of text lengths, one for each name (name -> characters of each text)."""
    filled = {name: values.to_numpy() for name, values in lengths.items() if len(values)}
    if not filled:
        return None
    longest = max(int(np.percentile(values, 99)) for values in filled.values()) + 1
    width = max(1, -(-longest // 30))
    edges = np.arange(0, longest + width, width)
    lines = [
        {"rows": name, "from": int(start), "to": int(start + width - 1), "share": round(float(share), 6)}
        for name, values in filled.items()
        for start, share in zip(edges, np.histogram(values, [*edges, np.inf])[0] / len(values), strict=True)
    ]
    chart = (
        alt.Chart(alt.InlineData(values=lines))
        .encode(
            x=alt.X("from:Q", axis=alt.Axis(title="characters", grid=False, tickCount=12)),
            y=alt.Y("share:Q", stack=None, axis=alt.Axis(title="share of texts", format="%", tickCount=4)),
            color=alt.Color("rows:N", sort=list(filled), legend=alt.Legend(title=None)),
            tooltip=[
                alt.Tooltip("rows:N"),
                alt.Tooltip("from:Q"),
                alt.Tooltip("to:Q"),
                alt.Tooltip("share:Q", format=".1%"),
            ],
        )
        .properties(mark={"type": "area", "style": "lengths", "interpolate": "step-after", "line": True})
    )
    return finish(170, chart)


def draw_map(points: list[dict]) -> Spec:
    """Draw texts as points in the plane; a list to choose from highlights a label.

    ``points``: x, y, kind (row, reject or seed), id, label, origin, text.
    """
    labels = list(dict.fromkeys(sorted(point["label"] for point in points)))
    by = "label" if len(labels) <= MAX_CATEGORIES else "kind"
    choice = alt.binding_select(options=[None, *labels], labels=["all labels", *labels], name="Highlight ")
    chosen = alt.param(name="chosen", value=None, bind=choice)
    highlighted = "chosen === null || datum.label === chosen"
    kinds = ["row", "reject", "seed"]
    scale = alt.Scale(domain=[-1.05, 1.05])
    chart = (
        alt.Chart(alt.InlineData(values=points), name="map")
        .encode(
            x=alt.X("x:Q", axis=None, scale=scale),
            y=alt.Y("y:Q", axis=None, scale=scale),
            shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=["circle", "cross", "diamond"]), legend=None),
            size=alt.Size("kind:O", scale=alt.Scale(domain=kinds, range=[40, 44, 90]), legend=None),
            color=alt.Color(f"{by}:N", legend=alt.Legend(title=None, columns=4)),
            opacity=alt.when(highlighted).then(alt.value(0.8)).otherwise(alt.value(0.06)),
            tooltip=[alt.Tooltip(f"{name}:N") for name in ("text", "label", "kind", "origin", "id")],
        )
        .add_params(chosen)
        .properties(mark={"type": "point", "style": "text"})
    )
    return finish(460, chart)


def draw_usefulness(lines: list[dict]) -> Spec:
    """Draw macro-F1 by training set: point, 95 % interval, repeats as ticks.

    ``lines``: trained, f1, low, high, repeats.
    """
    base = alt.Chart(alt.InlineData(values=lines)).encode(
        y=alt.Y("trained:N", sort=[line["trained"] for line in lines], title=None),
        tooltip=[alt.Tooltip("trained:N"), *(alt.Tooltip(f"{name}:Q", format=".3f") for name in ("f1", "low", "high"))],
    )
    scale = alt.Scale(domain=[0, 1])
    axis = alt.Axis(title="macro-F1 on the held-out rows", tickCount=6)
    return finish(
        LINE_HEIGHT * len(lines),
        base.encode(x=alt.X("low:Q", scale=scale, axis=axis), x2=alt.X2("high:Q")).properties(
            mark={"type": "rule", "style": "interval"}
        ),
        base.transform_filter("length(datum.repeats) > 0")
        .transform_flatten(["repeats"])
        .encode(x=alt.X("repeats:Q"))
        .properties(mark={"type": "tick", "style": "repeat"}),
        base.encode(x=alt.X("f1:Q")).properties(mark={"type": "point", "style": "estimate"}),
    )


def draw_gains(lines: list[dict]) -> Spec:
    """Draw the gain from synthetic rows by label: point, 95 % interval, zero line.

    ``lines``: label, test_rows, gain, low, high. Of more than 40, the 15 largest gains and losses are drawn.
    """
    most = sorted(lines, key=lambda line: -abs(line["gain"]))[: count_bars(lines)]
    shown = [line for line in lines if line in most]
    base = alt.Chart(alt.InlineData(values=shown)).encode(
        y=alt.Y("label:N", sort=[line["label"] for line in shown], title=None),
        tooltip=[
            alt.Tooltip("label:N"),
            *(alt.Tooltip(f"{name}:Q", format="+.3f") for name in ("gain", "low", "high")),
            alt.Tooltip("test_rows:Q"),
        ],
    )
    axis = alt.Axis(title="F1 with both minus F1 with real rows alone", format="+.2f", tickCount=6)
    return finish(
        LINE_HEIGHT * len(shown),
        alt.Chart(alt.InlineData(values=[{"zero": 0}]))
        .properties(mark={"type": "rule", "style": "zero"})
        .encode(x=alt.X("zero:Q")),
        base.encode(x=alt.X("low:Q", axis=axis), x2=alt.X2("high:Q")).properties(
            mark={"type": "rule", "style": "interval"}
        ),
        base.encode(x=alt.X("gain:Q")).properties(mark={"type": "point", "style": "estimate"}),
    )


def draw_learning_curve(points: list[dict]) -> Spec:
    """Draw macro-F1 by synthetic rows, one line for each number of real rows.

    ``points``: synthetic, real, macro_f1, draws.
    """
    known = [point | {"real": f"{point['real']:,}"} for point in points]
    order = list(dict.fromkeys(point["real"] for point in known))
    base = alt.Chart(alt.InlineData(values=known)).encode(
        x=alt.X("synthetic:Q", axis=alt.Axis(title="synthetic rows", tickCount=6)),
        color=alt.Color("real:N", sort=order, legend=alt.Legend(title="real rows")),
        tooltip=[
            alt.Tooltip("synthetic:Q"),
            alt.Tooltip("real:N"),
            alt.Tooltip("macro_f1:Q", format=".3f"),
            alt.Tooltip("draws:Q"),
        ],
    )
    axis, scale = alt.Axis(title="macro-F1 on the held-out rows", tickCount=6), alt.Scale(zero=False)
    return finish(
        260,
        base.encode(y=alt.Y("macro_f1:Q", axis=axis, scale=scale)).properties(mark={"type": "line", "style": "curve"}),
        base.encode(y=alt.Y("macro_f1:Q")).properties(mark={"type": "point", "style": "knot"}),
    )


def list_drift(gates: Sequence[GateResult]) -> list[dict[str, Any]]:
    """Return measure, figure and limit of each gate on drift, for ``draw_drift``; none if the version did not grow."""
    drift = [gate for gate in gates if gate.name.startswith(DRIFT) and isinstance(gate.figure, int | float)]
    return [{"measure": one.name.removeprefix(DRIFT), "figure": one.figure, "limit": one.limit} for one in drift]


def draw_drift(lines: list[dict]) -> Spec:
    """Draw by how much each distance of added rows to earlier ones exceeds chance (bar), and its limit (tick).

    ``lines``: measure, figure, limit.
    """
    base = alt.Chart(alt.InlineData(values=lines)).encode(
        y=alt.Y("measure:N", sort=[line["measure"] for line in lines], title=None),
        tooltip=[alt.Tooltip("measure:N"), *(alt.Tooltip(f"{name}:Q", format=".4f") for name in ("figure", "limit"))],
    )
    axis = alt.Axis(title="distance beyond chance", tickCount=6)
    return finish(
        LINE_HEIGHT * len(lines),
        base.encode(x=alt.X("figure:Q", axis=axis)).properties(mark={"type": "bar", "style": "kept"}),
        base.encode(x=alt.X("limit:Q")).properties(mark={"type": "tick", "style": "target"}),
    )


def finish(height: int, *layers: alt.Chart) -> Spec:
    """Return layers as one specification, as wide as the page and so many pixels high."""
    chart = layers[0] if len(layers) == 1 else alt.layer(*layers)
    spec = chart.properties(width="container", height=height).to_dict(validate=False)  # tests check it
    # Altair's defaults for its own renderers; the page has its own config and its own Vega-Lite.
    return {key: value for key, value in spec.items() if key not in {"config", "$schema"}}
