"""Makes the gates of a dataset from expectation results, real rows, model names, labels and screens."""

import math
from typing import Any

import polars as pl

from pedigree.dataset.expectation_suite import ExpectationResult
from pedigree.dataset.results import Distribution, GateResult
from pedigree.job import Job
from pedigree.metrics.screen_funnel import build_funnel, list_rejection_shares
from pedigree.recipe.schema import REAL, Recipe

MAX_IDS = 20
MAX_SHARES = 3
BOUNDS = {"threshold": "at most", "max_value": "at most", "min_value": "at least", "value": "wanted"}
Figure = float | int | str | None


def make_expectation_gate(name: str, result: ExpectationResult) -> GateResult:
    """Return the gate of one expectation, with at most 20 failing rows."""
    found = result.found
    if "element_count" in found:
        figure, limit = found["unexpected_count"], _count_allowed(found, result.kwargs.get("mostly", 1))
        outcome = f"{figure:,} of {found['element_count']:,} rows fail, at most {limit:,} allowed"
    else:
        figure, (bound, limit) = _make_plain(found.get("observed_value")), _find_limit(result.kwargs)
        outcome = _format_bound(figure, bound, limit) + _format_details(found)
    rows = found.get("unexpected_index_list") or []
    return GateResult(
        name=name,
        severity="critical" if result.severity == "critical" else "warning",
        passed=result.success,
        figure=figure,
        limit=limit,
        message=f"{result.description or name}: {outcome}",
        failing_row_ids=[str(row["row_id"]) for row in rows[:MAX_IDS]],
        failing_rows=found.get("unexpected_count", 0),
    )


def make_real_rows_gate(job: Job, rows: pl.DataFrame) -> GateResult:
    """Return the gate that fails if a real row is missing or not marked, or another row has no completion."""
    expected = {*job.review.apply(job.screen_real_rows().rows)[0]["row_id"]}
    present = {*rows.filter(pl.col(REAL) & pl.col("completion_id").is_null())["row_id"]}
    inconsistent = rows.filter(pl.col(REAL) != pl.col("completion_id").is_null())["row_id"]
    wrong = sorted({*inconsistent, *(expected ^ present)})
    return GateResult(
        name="real rows",
        severity="critical",
        passed=not wrong,
        figure=len(wrong),
        limit=0,
        message="Every real row that passed the screens is present and marked, and every other row has a completion: "
        f"{len(present):,} of {rows.height:,} rows are real, {len(wrong):,} fail",
        failing_row_ids=wrong[:MAX_IDS],
        failing_rows=len(wrong),
    )


def make_models_gate(completions: pl.DataFrame, recipe: Recipe) -> GateResult:
    """Return the gate that counts the models that answered under more than one name."""
    answers = completions.filter(pl.col("model_answered").is_not_null())
    names = answers.group_by("model").agg(pl.col("model_answered").unique().sort()).sort("model")
    mixed = names.filter(pl.col("model_answered").list.len() > 1)
    figure, policy = mixed.height, recipe.gates.mixed_models
    found = "; ".join(f"{model} answered as {', '.join(answered)}" for model, answered in mixed.iter_rows())
    return GateResult(
        name="answering models",
        severity="critical" if policy == "forbid" else "warning",
        passed=figure == 0 or policy == "allow",
        figure=figure,
        limit=None if policy == "allow" else 0,
        message=f"Each model answered under one name: {found or 'yes'}",
    )


def make_kept_gate(distribution: Distribution, recipe: Recipe) -> GateResult:
    """Return the gate on the label shares of the kept rows."""
    figure, limit = distribution.distance_kept, recipe.gates.label_distance
    return GateResult(
        name="labels as kept",
        severity="critical",
        passed=figure <= limit,
        figure=figure,
        limit=limit,
        message="The label shares of the kept rows are near the target shares (total-variation distance): "
        + _format_bound(figure, "at most", limit),
    )


def make_read_gate(distribution: Distribution, recipe: Recipe) -> GateResult:
    """Return the gate on the label shares as a classifier trained on the seeds predicts them; a warning."""
    figure, limit = distribution.distance_read, recipe.gates.read_distance
    return GateResult(
        name="labels as read",
        severity="warning",
        passed=figure is None or figure <= limit,
        figure=figure,
        limit=limit,
        message="The label shares predicted by a classifier trained on the seeds are near the target shares "
        "(total-variation distance): "
        + ("there are no seeds to train on" if figure is None else _format_bound(figure, "at most", limit)),
    )


def make_screens_gate(distribution: Distribution, recipe: Recipe) -> GateResult:
    """Return the gate on the largest share of a label's candidates that one screen rejected; a warning."""
    shares, limit = list_rejection_shares(build_funnel(distribution)), recipe.gates.screen_share
    above = [one for one in shares if one.share > limit]
    listed = [
        f"{one.reason} rejects {one.rejected:,} of {one.total:,} of {one.label}"
        for one in (above or shares[:1])[:MAX_SHARES]
    ]
    more = [f"{len(above) - MAX_SHARES:,} more"] * (len(above) > MAX_SHARES)
    return GateResult(
        name="screens by label",
        severity="warning",
        passed=not above,
        figure=round(shares[0].share, 6) if shares else 0.0,
        limit=limit,
        message=f"No screen rejects more than {limit:.0%} of a label's candidates: "
        + ("; ".join(listed + more) or "none were rejected"),
    )


def format_figure(figure: Figure) -> str:
    """Return a gate's figure or limit for people."""
    if figure is None:
        return "none"
    if isinstance(figure, float):
        return f"{figure:.4g}"
    return f"{figure:,}" if isinstance(figure, int) else figure


def _count_allowed(found: dict[str, Any], mostly: float) -> int:
    """Return how many rows with a value may fail, given the share ``mostly`` that must pass."""
    evaluated = found["element_count"] - found.get("missing_count", 0)
    return math.floor(round(evaluated * (1 - mostly), 9))  # 40 * (1 - 0.9) is 3.9999999999999996


def _find_limit(kwargs: dict[str, Any]) -> tuple[str, Figure]:
    """Return the bound of an aggregate expectation in words, and its value."""
    bounds = [(word, kwargs[key]) for key, word in BOUNDS.items() if kwargs.get(key) is not None]
    if len(bounds) == 1:
        return bounds[0][0], _make_plain(bounds[0][1])
    if bounds:
        return "within", ", ".join(f"{word} {format_figure(_make_plain(value))}" for word, value in bounds)
    rest = [value for key, value in kwargs.items() if key not in ("batch_id", "column")]
    return "expected", _make_plain(rest[0]) if len(rest) == 1 else None


def _make_plain(value: Any) -> Figure:
    """Return a value as JSON can hold it: a finite number, or a short text."""
    value = value.item() if hasattr(value, "item") else value
    if value is None or isinstance(value, str) or (isinstance(value, int | float) and math.isfinite(value)):
        return value
    if isinstance(value, list | tuple | set):
        texts = map(str, value)
        value = ", ".join(sorted(texts) if isinstance(value, set) else texts)
    return str(value)[:1000]


def _format_bound(figure: Figure, bound: str, limit: Figure) -> str:
    return format_figure(figure) if figure == limit else f"{format_figure(figure)}, {bound} {format_figure(limit)}"


def _format_details(found: dict[str, Any]) -> str:
    details = [
        f"{key.replace('_', ' ')} {format_figure(_make_plain(value))}"
        for key, value in (found.get("details") or {}).items()
        if not isinstance(value, dict | list)
    ]
    return f" ({', '.join(details)})" if details else ""
