"""Validates the rows: expectation suite, label shares, checks of labels, models, screens and drift, as gates."""

import polars as pl

from pedigree.audits.privacy.sent import make_private_gate
from pedigree.dataset.expectation_suite import load_own_suite
from pedigree.dataset.results import Distribution, GateResult, GateResults, Shortfall, write_result
from pedigree.dataset.schemas import read_table
from pedigree.errors import GateError
from pedigree.job import Job
from pedigree.job_outputs import read_rows
from pedigree.labels.evidence import check_labels
from pedigree.labels.origin_cue import make_origin_gate
from pedigree.labels.precision_gate import make_precision_gate
from pedigree.metrics import gates
from pedigree.metrics.content.scenario_rows import make_scenario_gate
from pedigree.metrics.figure_format import format_figure
from pedigree.metrics.label_sets.gates import make_set_gates
from pedigree.metrics.languages.language_gates import make_language_gates
from pedigree.metrics.shortfall import find_shortfall
from tasks import expectation_worker
from tasks.drift import check_drift
from tasks.ui.step import step

ROW_COUNT = "expect_table_row_count_to_equal"
CLASS_FLOOR = "class floor"  # the name of the gate on the rows of each label


@step("validate", "check the gates")
def validate(job: Job, distribution: Distribution) -> GateResults:
    """Write ``gates.json``. Failed gates are recorded, not raised.

    Raises SuiteError if the suite is broken; then nothing is written.
    """
    rows = read_rows(job)
    shortfall, checks = find_shortfall(job, rows), check_labels(job, rows)
    results = [
        *_run_suite(job, rows, shortfall),
        *([make_private_gate(job)] if job.recipe.private else []),
        *([gates.make_real_rows_gate(job, rows), make_origin_gate(job, rows)] if job.recipe.real else []),
        gates.make_models_gate(read_table(job.table("completions")), job.recipe),
        gates.make_kept_gate(distribution, job.recipe),
        *make_set_gates(distribution, job.recipe),
        gates.make_read_gate(distribution, job.recipe),
        *make_language_gates(job, rows),
        make_precision_gate(checks.evidence, job.recipe.gates, checks.failed_review),
        gates.make_screens_gate(distribution, job.recipe),
        *([make_scenario_gate(job, read_table(job.table("prompts")), rows)] if job.recipe.scenarios else []),
        *check_drift(job, rows),
    ]
    passed = all(gate.passed is True for gate in results if gate.severity == "critical")
    result = GateResults(
        passed=passed,
        suite=job.recipe.gates.suite,
        gates=results,
        shortfall=shortfall,
        labels=checks.evidence,
        readings=checks.readings,
        judges=checks.judges,
    )
    write_result(result, job.folder / "gates.json")
    return result


def require_gates(results: GateResults) -> None:
    """Raise GateError naming each critical gate that failed, with figure and limit; if rows lack, with the reason."""
    if results.passed:
        return
    failed = [
        f"{gate.name} {format_figure(gate.figure)} (limit {format_figure(gate.limit)})" for gate in results.failed
    ]
    count = f"{len(failed)} gates" if len(failed) > 1 else "a gate"
    found = f"the data failed {count}: {'; '.join(failed)}"
    if not failed:
        unknown = "; ".join(f"{gate.name} ({gate.message})" for gate in results.blocking)
        found = f"critical gates could not be checked: {unknown}"
    if lack := results.shortfall:
        raise GateError(f"{lack.found} ({found})", hint=lack.to_do)
    where = "gates.json has the failing rows" if any(gate.failing_rows for gate in results.failed) else ""
    hint = (
        f"{where or 'report.html shows the gates'}, and docs/gates.md explains each; "
        "nothing was published, and all paid answers are kept"
    )
    raise GateError(found, hint=hint)


def _name_sets(gate: GateResult) -> GateResult:
    """Return a gate that says, if it counts the rows of each label, that these are sets of labels here."""
    if gate.name != CLASS_FLOOR:
        return gate
    said = f"{gate.message}. Its labels are sets of labels; the gate 'rows of each label' holds class_floor"
    return gate.model_copy(update={"message": said})


def _run_suite(job: Job, rows: pl.DataFrame, shortfall: Shortfall | None) -> list[GateResult]:
    """Return a gate for each check; a failed one that counts the rows also says why rows are missing."""
    checks = load_own_suite(job.workspace, job.recipe)
    results = expectation_worker.evaluate_checks(rows, checks)
    made = [gates.make_expectation_gate(check.name, result) for check, result in zip(checks, results, strict=True)]
    if job.recipe.labels_per_row is not None:
        made = [_name_sets(gate) for gate in made]
    return [
        gate.model_copy(update={"message": f"{gate.message}. {shortfall.found}"})
        if shortfall and gate.passed is False and check.configuration["type"] == ROW_COUNT
        else gate
        for check, gate in zip(checks, made, strict=True)
    ]
