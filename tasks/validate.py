"""Validates the rows: runs the expectation suite and checks labels, models, screens and drift, recorded as gates."""

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from pedigree.dataset.expectation_suite import Check, load_suite
from pedigree.dataset.results import Distribution, GateResult, GateResults, write_result
from pedigree.dataset.schemas import read_table, rows_schema
from pedigree.errors import GateError
from pedigree.job import Job
from pedigree.job_outputs import read_rows
from pedigree.metrics import gates
from tasks import expectation_worker
from tasks.drift import check_drift


@task(name="validate", task_run_name="validate", cache_policy=NO_CACHE, persist_result=False)
def validate(job: Job, distribution: Distribution) -> GateResults:
    """Write ``gates.json``. Failed gates are recorded, not raised.

    Raises SuiteError if the suite is broken; then nothing is written.
    """
    rows = read_rows(job)
    results = [
        *_run_suite(job, rows),
        *([gates.make_real_rows_gate(job, rows)] if job.recipe.real else []),
        gates.make_models_gate(read_table(job.table("completions")), job.recipe),
        gates.make_kept_gate(distribution, job.recipe),
        gates.make_read_gate(distribution, job.recipe),
        gates.make_screens_gate(distribution, job.recipe),
        *check_drift(job, rows),
    ]
    passed = all(gate.passed for gate in results if gate.severity == "critical")
    result = GateResults(passed=passed, suite=job.recipe.gates.suite, gates=results)
    write_result(result, job.folder / "gates.json")
    return result


def check_suite(job: Job) -> None:
    """Raise SuiteError if the recipe's suite can't be evaluated on rows of the recipe's schema."""
    expectation_worker.check_suite(_load_checks(job), [*rows_schema(job.recipe), "split"])


def require_gates(results: GateResults) -> None:
    """Raise GateError naming each critical gate that failed, with figure and limit."""
    if results.passed:
        return
    failed = [
        f"{gate.name} {gates.format_figure(gate.figure)} (limit {gates.format_figure(gate.limit)})"
        for gate in results.failed
    ]
    count = f"{len(failed)} gates" if len(failed) > 1 else "a gate"
    raise GateError(
        f"the data failed {count}: {'; '.join(failed)}",
        hint="see gates.json for the failing rows; nothing was published, and all paid answers are kept",
    )


def _run_suite(job: Job, rows: pl.DataFrame) -> list[GateResult]:
    checks = _load_checks(job)
    results = expectation_worker.evaluate_checks(rows, checks)
    return [gates.make_expectation_gate(check.name, result) for check, result in zip(checks, results, strict=True)]


def _load_checks(job: Job) -> list[Check]:
    return load_suite(job.workspace.resolve_inside(f"expectations/{job.recipe.gates.suite}.json"), job.recipe)
