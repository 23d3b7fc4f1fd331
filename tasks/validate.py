"""Validate: the suite and the label distribution over the rows, as gates that are recorded, failed or not."""

import math
from collections.abc import Iterator
from typing import Any

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from pedigree.dataset.expectation_suite import Check, ExpectationResult, load_suite
from pedigree.dataset.results import Distribution, GateResult, GateResults, write_result
from pedigree.dataset.schemas import read_table, rows_schema
from pedigree.errors import GateError
from pedigree.job import Job
from pedigree.job_outputs import read_rows
from pedigree.metrics.screen_funnel import build_funnel, list_rejection_shares
from pedigree.recipe.schema import REAL
from tasks import expectation_worker
from tasks.drift import check_drift

MAX_IDS = 20
MAX_TAKES = 3
BOUNDS = {"threshold": "at most", "max_value": "at most", "min_value": "at least", "value": "wanted"}


@task(name="validate", task_run_name="validate", cache_policy=NO_CACHE, persist_result=False)
def validate(job: Job, distribution: Distribution) -> GateResults:
    """Write ``gates.json``: each expectation of the recipe's suite, the models' names, the labels, and drift from the base.

    Data that fail are recorded, not raised. Raises SuiteError where the suite is broken: then nothing is written.
    """
    rows = read_rows(job)
    gates = [
        *_run_suite(job, rows),
        *_judge_real(job, rows),
        _judge_models(job),
        _judge_kept(job, distribution),
        _judge_read(job, distribution),
        _judge_screens(job, distribution),
        *check_drift(job, rows),
    ]
    passed = all(gate.passed for gate in gates if gate.severity == "critical")
    result = GateResults(passed=passed, suite=job.recipe.gates.suite, gates=gates)
    write_result(result, job.folder / "gates.json")
    return result


def check_suite(job: Job) -> None:
    """Raise SuiteError where the recipe's suite could not judge any rows of the recipe's schema."""
    expectation_worker.check(_load_checks(job), [*rows_schema(job.recipe), "split"])


def require_gates(gates: GateResults) -> None:
    """Raise GateError naming each critical gate that failed, with figure and limit."""
    if gates.passed:
        return
    failed = [f"{gate.name} {_say(gate.figure)} (limit {_say(gate.limit)})" for gate in gates.failed]
    count = f"{len(failed)} gates" if len(failed) > 1 else "a gate"
    raise GateError(
        f"the data failed {count}: {'; '.join(failed)}",
        hint="see gates.json for the rows that fail; nothing was published, what was paid for is kept",
    )


def _run_suite(job: Job, rows: pl.DataFrame) -> list[GateResult]:
    checks = _load_checks(job)
    return [
        _make_gate(check.name, found)
        for check, found in zip(checks, expectation_worker.judge(rows, checks), strict=True)
    ]


def _load_checks(job: Job) -> list[Check]:
    return load_suite(job.workspace.resolve_inside(f"expectations/{job.recipe.gates.suite}.json"), job.recipe)


def _make_gate(name: str, judgement: ExpectationResult) -> GateResult:
    found = judgement.found
    if "element_count" in found:
        figure, limit = found["unexpected_count"], _count_allowed(found, judgement.kwargs.get("mostly", 1))
        said = f"{figure:,} of {found['element_count']:,} rows fail, {limit:,} may"
    else:
        figure, (bound, limit) = _plain(found.get("observed_value")), _find_limit(judgement.kwargs)
        said = _compare(figure, bound, limit) + _format_details(found)
    rows = found.get("unexpected_index_list") or []
    return GateResult(
        name=name,
        severity="critical" if judgement.severity == "critical" else "warning",
        passed=judgement.success,
        figure=figure,
        limit=limit,
        message=f"{judgement.description or name}: {said}",
        failing_row_ids=[str(row["row_id"]) for row in rows[:MAX_IDS]],
        failing_rows=found.get("unexpected_count", 0),
    )


def _judge_real(job: Job, rows: pl.DataFrame) -> Iterator[GateResult]:
    """Judge whether every real row that may enter is there, and nothing else without a completion; nothing without real rows."""
    if not job.recipe.real:
        return
    due = {*job.review.apply(job.screen_real_rows().rows)[0]["row_id"]}
    there = {*rows.filter(pl.col(REAL) & pl.col("completion_id").is_null())["row_id"]}
    other = rows.filter(pl.col(REAL) != pl.col("completion_id").is_null())["row_id"]
    wrong = sorted({*other, *(due ^ there)})
    yield GateResult(
        name="real rows",
        severity="critical",
        passed=not wrong,
        figure=len(wrong),
        limit=0,
        message=f"Each real row that may enter is there and marked, and every other row has its completion: "
        f"{len(there):,} of {rows.height:,} rows are real, {len(wrong):,} fail",
        failing_row_ids=wrong[:MAX_IDS],
        failing_rows=len(wrong),
    )


def _judge_models(job: Job) -> GateResult:
    """Judge whether each model that was asked answered under one name throughout."""
    answers = read_table(job.table("completions")).filter(pl.col("model_answered").is_not_null())
    names = answers.group_by("model").agg(pl.col("model_answered").unique().sort()).sort("model")
    mixed = names.filter(pl.col("model_answered").list.len() > 1)
    figure, wanted = mixed.height, job.recipe.gates.mixed_models
    said = "; ".join(f"{model} answered as {', '.join(called)}" for model, called in mixed.iter_rows())
    return GateResult(
        name="answering models",
        severity="critical" if wanted == "forbid" else "warning",
        passed=figure == 0 or wanted == "allow",
        figure=figure,
        limit=None if wanted == "allow" else 0,
        message=f"Each model that was asked answered under one name: {said or 'yes'}",
    )


def _judge_kept(job: Job, distribution: Distribution) -> GateResult:
    figure, limit = distribution.distance_kept, job.recipe.gates.label_distance
    says = "The labels as kept are near the target shares (total-variation distance)"
    return GateResult(
        name="labels as kept",
        severity="critical",
        passed=figure <= limit,
        figure=figure,
        limit=limit,
        message=f"{says}: {_compare(figure, 'at most', limit)}",
    )


def _judge_read(job: Job, distribution: Distribution) -> GateResult:
    figure, limit = distribution.distance_read, job.recipe.gates.read_distance
    says = "The labels as a student of the seeds reads them are near the target shares (total-variation distance)"
    return GateResult(
        name="labels as read",
        severity="warning",
        passed=figure is None or figure <= limit,
        figure=figure,
        limit=limit,
        message=f"{says}: {'there are no seeds to learn from' if figure is None else _compare(figure, 'at most', limit)}",
    )


def _judge_screens(job: Job, distribution: Distribution) -> GateResult:
    """Judge whether any screen took more of a label than people would think of a screen that works."""
    takes, limit = list_rejection_shares(build_funnel(distribution)), job.recipe.gates.screen_share
    greedy = [take for take in takes if take.share > limit]
    told = [
        f"{take.reason} takes {take.rejected:,} of {take.total:,} of {take.label}"
        for take in (greedy or takes[:1])[:MAX_TAKES]
    ]
    more = [f"{len(greedy) - MAX_TAKES:,} more"] * (len(greedy) > MAX_TAKES)
    return GateResult(
        name="screens by label",
        severity="warning",
        passed=not greedy,
        figure=round(takes[0].share, 6) if takes else 0.0,
        limit=limit,
        message=f"No screen takes more than {limit:.0%} of a label's candidates: {'; '.join(told + more) or 'none takes any'}",
    )


def _count_allowed(found: dict[str, Any], mostly: float) -> int:
    """Return how many rows may fail, of those that have a value, where ``mostly`` of them must not."""
    judged = found["element_count"] - found.get("missing_count", 0)
    return math.floor(round(judged * (1 - mostly), 9))  # 40 * (1 - 0.9) is 3.9999999999999996


def _find_limit(kwargs: dict[str, Any]) -> tuple[str, float | int | str | None]:
    """Return which bound an aggregate is held to, in words, and the bound."""
    bounds = [(word, kwargs[key]) for key, word in BOUNDS.items() if kwargs.get(key) is not None]
    if len(bounds) == 1:
        return bounds[0][0], _plain(bounds[0][1])
    if bounds:
        return "within", ", ".join(f"{word} {_say(_plain(value))}" for word, value in bounds)
    rest = [value for key, value in kwargs.items() if key not in ("batch_id", "column")]
    return "expected", _plain(rest[0]) if len(rest) == 1 else None


def _plain(value: Any) -> float | int | str | None:
    """Return a figure as JSON can hold it: numpy's numbers as Python's, what is no finite number as short text."""
    value = value.item() if hasattr(value, "item") else value
    if value is None or isinstance(value, str) or (isinstance(value, int | float) and math.isfinite(value)):
        return value
    if isinstance(value, list | tuple | set):
        texts = map(str, value)
        value = ", ".join(sorted(texts) if isinstance(value, set) else texts)
    return str(value)[:1000]


def _compare(figure: float | int | str | None, bound: str, limit: float | int | str | None) -> str:
    return _say(figure) if figure == limit else f"{_say(figure)}, {bound} {_say(limit)}"


def _say(figure: float | int | str | None) -> str:
    if figure is None:
        return "none"
    if isinstance(figure, float):
        return f"{figure:.4g}"
    return f"{figure:,}" if isinstance(figure, int) else figure


def _format_details(found: dict[str, Any]) -> str:
    details = (found.get("details") or {}).items()
    said = [
        f"{key.replace('_', ' ')} {_say(_plain(value))}" for key, value in details if not isinstance(value, dict | list)
    ]
    return f" ({', '.join(said)})" if said else ""
