"""Says of the figures that decide whether a version is better, worse, or as good within noise as another.

Where both sides have a 95 % interval, the difference has one too: that of two independent estimates, by the rule of
squares (Newcombe 1998; Zou and Donner 2008). Both are often of the same held-out rows and so vary together, which makes
the true interval narrower: what is called within noise may still be a difference, not the other way round.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pedigree.versions.diff.model import Headline, Interval, Verdict

LABELS = "label precision"  # the key of a figure that the manifest has, not the metrics
COST = "cost for 1,000 rows"
LEAST = 0.00005  # a smaller difference is shown as 0.0000


@dataclass(frozen=True)
class Measure:
    """A figure: its dotted key in metrics.json, its name in words, which way is better, and what it was measured on.

    ``size`` is the key of the number of rows that it was measured on: where that differs, the figures can't be
    compared. ``learned`` is the key of the rows that a classifier learned: where they differ, that is said. ``exact``:
    the figure is a count of the whole dataset and has no noise.
    """

    key: str
    name: str
    better: Literal["higher", "lower"]
    size: str | None = None
    learned: str | None = None
    exact: bool = False


USEFUL = "usefulness"
MEASURES = (
    Measure(LABELS, "Share of right labels, by estimate", "higher"),
    Measure(f"{USEFUL}.synthetic.macro_f1", "Macro-F1 of a classifier trained on the synthetic rows", "higher",
            f"{USEFUL}.test_rows", f"{USEFUL}.synthetic.train_rows"),
    Measure(f"{USEFUL}.both.macro_f1", "Macro-F1 of a classifier trained on synthetic and real rows", "higher",
            f"{USEFUL}.test_rows", f"{USEFUL}.both.train_rows"),
    Measure(f"{USEFUL}.differences.both_minus_real.macro_f1", "Gain of macro-F1 over real rows alone", "higher",
            f"{USEFUL}.test_rows", f"{USEFUL}.both.train_rows"),
    Measure("counts.yield", "Candidates that became rows", "higher", exact=True),
    Measure("duplicates.exact_share", "Candidates that repeat another word for word", "lower", exact=True),
    Measure("duplicates.near_share", "Candidates that nearly repeat another", "lower", exact=True),
    Measure("diversity.vendi_tfidf", "Different texts in effect (Vendi score)", "higher", "diversity.coupled_rows"),
    Measure("diversity.remote_clique_tfidf", "Mean distance of two texts (Remote Clique)", "higher", "diversity.rows"),
    Measure("diversity.self_bleu", "Overlap of a text with the others (self-BLEU)", "lower", "diversity.coupled_rows"),
    Measure("words.distinct_2", "Different word pairs of all (distinct-2)", "higher", "counts.rows"),
    Measure("openings.top_1_share", "Texts with the most frequent opening", "lower", "counts.rows"),
    Measure("fidelity.coverage_tfidf", "People's texts with a row near them (coverage)", "higher", "fidelity.rows"),
    Measure("fidelity.precision_tfidf", "Rows that lie among people's texts (precision)", "higher", "fidelity.rows"),
    Measure("fidelity.two_sample_auc", "How well a classifier tells rows from people's texts (AUC)", "lower",
            "fidelity.rows"),
    Measure(COST, "Cost of 1,000 rows (USD)", "lower", exact=True),
)  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """A figure of one version: its value, its 95 % interval, and what it rests on. ``by`` is who checked the labels.

    ``offline``: a classifier learned rows of the offline model, which is no evidence about a real one.
    """

    value: float | None = None
    interval: Interval | None = None
    size: float | None = None
    learned: float | None = None
    by: str | None = None
    offline: bool = False


def read_figure(measure: Measure, metrics: Mapping[str, Any], manifest: Mapping[str, Any]) -> Reading:
    """Return what a version's metrics and manifest, as plain values of any release, tell of a figure."""
    if measure.key == LABELS:
        return _read_labels(manifest)
    if measure.key == COST:
        cost, rows = _find(metrics, "spending.cost_usd"), _find(metrics, "counts.rows")
        return Reading(round(1000 * cost / rows, 6)) if cost is not None and rows else Reading()
    return Reading(
        value=_find(metrics, measure.key),
        interval=_read_interval(_look_up(metrics, f"{measure.key}_interval")),
        size=_find(metrics, measure.size) if measure.size else None,
        learned=_find(metrics, measure.learned) if measure.learned else None,
        offline=bool(measure.learned) and _look_up(metrics, f"{USEFUL}.evidence") is False,
    )


def compare_headlines(
    before: tuple[Mapping[str, Any], Mapping[str, Any]], after: tuple[Mapping[str, Any], Mapping[str, Any]]
) -> list[Headline]:
    """Return the figures that a side has, each with its verdict; a side is its metrics and its manifest."""
    pairs = [(measure, read_figure(measure, *before), read_figure(measure, *after)) for measure in MEASURES]
    return [judge(*pair) for pair in pairs if pair[1].value is not None or pair[2].value is not None]


def judge(measure: Measure, before: Reading, after: Reading) -> Headline:
    """Return a figure of two versions with its verdict and, where there is something to add, a note."""
    difference = None
    if before.value is None or after.value is None:
        verdict, note = "unknown", f"only {'the later' if before.value is None else 'the earlier'} version has it"
    else:
        difference = _subtract(before, after)
        verdict, note = _decide(measure, before, after, difference)
    return Headline(
        key=measure.key,
        name=measure.name,
        better=measure.better,
        before=before.value,
        after=after.value,
        before_interval=before.interval,
        after_interval=after.interval,
        difference=difference,
        verdict=verdict,
        note=note,
    )


def _decide(
    measure: Measure, before: Reading, after: Reading, difference: Interval | None
) -> tuple[Verdict, str | None]:
    value = (after.value or 0) - (before.value or 0)
    if before.by != after.by:
        return "not comparable", f"checked by {after.by}, before by {before.by}"
    if measure.size and before.size != after.size:
        return "not comparable", f"measured on {_count(after.size)} rows, before on {_count(before.size)}"
    if abs(value) < LEAST:
        return "equal", f"the difference is less than {LEAST:.5f}" if value else None
    better: Verdict = "better" if (value > 0) == (measure.better == "higher") else "worse"
    notes = []
    if measure.learned and before.learned != after.learned:
        notes.append(f"it learned {_count(after.learned)} rows, before {_count(before.learned)}")
    if before.offline or after.offline:
        notes.append("rows of the offline model: no evidence about a real one")
    note = "; ".join(notes) or None
    if difference:
        return (better if difference[0] > 0 or difference[1] < 0 else "within noise"), note
    if measure.exact:
        return better, note
    no_interval = "no interval tells whether this is noise"
    return ("seems better" if better == "better" else "seems worse"), "; ".join([no_interval, *notes])


def _subtract(before: Reading, after: Reading) -> Interval | None:
    """Return the 95 % interval of after minus before; None without intervals of both."""
    if before.interval is None or after.interval is None or before.value is None or after.value is None:
        return None
    value = after.value - before.value
    low = value - math.hypot(after.value - after.interval[0], before.interval[1] - before.value)
    high = value + math.hypot(after.interval[1] - after.value, before.value - before.interval[0])
    return round(low, 6), round(high, 6)


def _read_labels(manifest: Mapping[str, Any]) -> Reading:
    checks = _look_up(manifest, "gates.labels")
    first = checks[0] if isinstance(checks, list) and checks else None
    if not isinstance(first, Mapping):
        return Reading()
    by = " ".join(str(first[key]) for key in ("by", "name") if first.get(key))
    interval = _read_interval([_look_up(first, "right.low"), _look_up(first, "right.high")])
    return Reading(_find(first, "right.share"), interval, _find(first, "rows"), by=by)


def _read_interval(found: Any) -> Interval | None:
    if not isinstance(found, list) or len(found) != 2 or not all(map(_is_number, found)):
        return None
    return found[0], found[1]


def _find(values: Mapping[str, Any], key: str) -> float | None:
    found = _look_up(values, key)
    return found if _is_number(found) else None


def _look_up(values: Any, key: str) -> Any:
    for part in key.split("."):
        values = values.get(part) if isinstance(values, Mapping) else None
    return values


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count(rows: float | None) -> str:
    return "an unknown number of" if rows is None else f"{rows:,.0f}"
