"""Makes the gates of a dataset from expectation results, real rows, model names, labels and screens."""

import math
from typing import Any

import polars as pl

from pedigree.dataset.expectation_suite import ExpectationResult
from pedigree.dataset.results import Distribution, GateResult
from pedigree.dataset.usage import list_distinct_names
from pedigree.job import Job
from pedigree.metrics.figure_format import Figure, format_figure, make_plain
from pedigree.metrics.gate_sentences import word_bound, word_expectation
from pedigree.metrics.screen_funnel import build_funnel, list_rejection_shares
from pedigree.recipe.schema import REAL, Recipe

MAX_IDS = 20
MAX_SHARES = 3
BOUNDS = {"threshold": "at most", "max_value": "at most", "min_value": "at least", "value": "wanted"}
SEVERAL_NAMES = (
    "Either the provider changed the model behind the name, so that rows come from different models: name a dated "
    "model, or set another 'draw', and all is asked for anew. Or one and the same model was served under another name, "
    "such as an alias: nothing is wrong then, and 'gates: {mixed_models: allow}' accepts it"
)
REAL_ROWS = "Every real row that passed the screens is present and marked, and every other row has a completion"
READ = {
    True: "The label shares predicted by a classifier trained on the seeds are near the target shares",
    False: "The label shares predicted by a classifier trained on the seeds are far from the target shares",
    None: "Unknown whether the label shares of the texts are near the target shares",
}


def make_expectation_gate(name: str, result: ExpectationResult) -> GateResult:
    """Return the gate of one expectation, with at most 20 failing rows; one that nothing was checked for is unknown."""
    found, passed = result.found, _judge(result)
    if "element_count" in found:
        figure, limit = found["unexpected_count"], _count_allowed(found, result.kwargs.get("mostly", 1))
        outcome = f"{figure:,} of {found['element_count']:,} rows fail, at most {limit:,} allowed"
    else:
        figure, (bound, limit) = make_plain(found.get("observed_value")), _find_limit(result.kwargs)
        outcome = word_bound(figure, bound, limit, passed) + _format_details(found)
    rows = found.get("unexpected_index_list") or []
    return GateResult(
        name=name,
        severity="critical" if result.severity == "critical" else "warning",
        passed=passed,
        figure=None if passed is None else figure,
        limit=limit,
        message=f"{word_expectation(result.description or name, passed)}: "
        + ("there are no values to check" if passed is None else outcome),
        failing_row_ids=[str(row["row_id"]) for row in rows[:MAX_IDS]],
        failing_rows=found.get("unexpected_count", 0),
    )


def _judge(result: ExpectationResult) -> bool | None:
    """Return whether an expectation holds; None if it does for want of any value."""
    found = result.found
    if not result.success:
        return False
    values = found["element_count"] - found.get("missing_count", 0) if "element_count" in found else None
    if values == 0 or (values is None and "observed_value" in found and found["observed_value"] is None):
        return None
    return True


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
        message=("Real rows are missing or not marked, or other rows have no completion" if wrong else REAL_ROWS)
        + f": {len(present):,} of {rows.height:,} rows are real, {len(wrong):,} fail",
        failing_row_ids=wrong[:MAX_IDS],
        failing_rows=len(wrong),
    )


def make_models_gate(completions: pl.DataFrame, recipe: Recipe) -> GateResult:
    """Return the gate that counts the models that answered under more than one name; unknown if none told its name."""
    answers = completions.filter(pl.col("model_answered").is_not_null())
    names = answers.group_by("model").agg(pl.col("model_answered").unique().sort()).sort("model")
    several = [len(list_distinct_names(answered)) > 1 for answered in names["model_answered"]]
    mixed = names.filter(pl.Series(several, dtype=pl.Boolean))
    figure, policy = mixed.height, recipe.gates.mixed_models
    found = "; ".join(f"{model} answered as {', '.join(answered)}" for model, answered in mixed.iter_rows())
    known = not names.is_empty() or completions.is_empty()
    says = "Each model answered under one name: " + ("yes" if names.height else "no model was asked")
    if mixed.height:
        says = f"A model answered under several names: {found}. {SEVERAL_NAMES}"
    return GateResult(
        name="answering models",
        severity="critical" if policy == "forbid" else "warning",
        passed=(figure == 0 or policy == "allow") if known else None,
        figure=figure if known else None,
        limit=None if policy == "allow" else 0,
        message=says if known else "Unknown whether each model answered under one name: no answer states a name",
    )


def make_kept_gate(distribution: Distribution, recipe: Recipe) -> GateResult:
    """Return the gate on the label shares of the kept rows."""
    figure, limit = distribution.distance_kept, recipe.gates.label_distance
    passed = figure <= limit
    return GateResult(
        name="labels as kept",
        severity="critical",
        passed=passed,
        figure=figure,
        limit=limit,
        message=f"The label shares of the kept rows are {'near' if passed else 'too far from'} the target shares "
        f"(total-variation distance): {word_bound(figure, 'at most', limit, passed)}",
    )


def make_read_gate(distribution: Distribution, recipe: Recipe) -> GateResult:
    """Return the gate on the label shares as a classifier trained on the seeds predicts them; a warning.

    Without seeds or without rows nothing is predicted, so it is unknown.
    """
    figure, limit = distribution.distance_read, recipe.gates.read_distance
    rows, lack = sum(label.kept for label in distribution.labels), "there are no seeds to train on"
    if recipe.labels_per_row is not None:
        lack = "it is not computed where rows have several labels"
    if not rows:
        figure, lack = None, "there are no rows"
    passed = None if figure is None else figure <= limit
    outcome = lack if figure is None else word_bound(figure, "at most", limit, passed)
    if passed is False:
        outcome += "; so many texts may not show the label that they were requested for: read some before use"
    return GateResult(
        name="labels as read",
        severity="warning",
        passed=passed,
        figure=figure,
        limit=limit,
        message=f"{READ[passed]} (total-variation distance): {outcome}",
    )


def make_screens_gate(distribution: Distribution, recipe: Recipe) -> GateResult:
    """Return the gate on the largest share of a label's candidates that one screen rejected; a warning.

    Without candidates it is unknown.
    """
    shares, limit = list_rejection_shares(build_funnel(distribution)), recipe.gates.screen_share
    above = [one for one in shares if one.share > limit]
    listed = [
        f"{one.reason} rejects {one.rejected:,} of {one.total:,} of {one.label}"
        for one in (above or shares[:1])[:MAX_SHARES]
    ]
    more = [f"{len(above) - MAX_SHARES:,} more"] * (len(above) > MAX_SHARES)
    rule = f"more than {limit:.0%} of a label's candidates"
    known = any(label.made for label in distribution.labels)
    if not known:
        says = f"Unknown whether a screen rejects {rule}: there are no candidates"
    else:
        says = f"{'A' if above else 'No'} screen rejects {rule}: {'; '.join(listed + more) or 'none were rejected'}"
    return GateResult(
        name="screens by label",
        severity="warning",
        passed=not above if known else None,
        figure=(round(shares[0].share, 6) if shares else 0.0) if known else None,
        limit=limit,
        message=says,
    )


def _count_allowed(found: dict[str, Any], mostly: float) -> int:
    """Return how many rows with a value may fail, given the share ``mostly`` that must pass."""
    evaluated = found["element_count"] - found.get("missing_count", 0)
    return math.floor(round(evaluated * (1 - mostly), 9))  # 40 * (1 - 0.9) is 3.9999999999999996


def _find_limit(kwargs: dict[str, Any]) -> tuple[str, Figure]:
    """Return the bound of an aggregate expectation in words, and its value."""
    bounds = [(word, kwargs[key]) for key, word in BOUNDS.items() if kwargs.get(key) is not None]
    if len(bounds) == 1:
        return bounds[0][0], make_plain(bounds[0][1])
    if bounds:
        return "within", ", ".join(f"{word} {format_figure(make_plain(value))}" for word, value in bounds)
    rest = [value for key, value in kwargs.items() if key not in ("batch_id", "column")]
    return "expected", make_plain(rest[0]) if len(rest) == 1 else None


def _format_details(found: dict[str, Any]) -> str:
    details = [
        f"{key.replace('_', ' ')} {format_figure(make_plain(value))}"
        for key, value in (found.get("details") or {}).items()
        if not isinstance(value, dict | list)
    ]
    return f" ({', '.join(details)})" if details else ""
