"""The four stages of dvc.yaml: the steps of the flow ``synthesize``, called as plain functions without Prefect."""

from rich.console import Console

from flows.rounds import take_rounds
from pedigree.job import open_job
from pedigree.ledger.ledger import Ledger
from pedigree.metrics.llm_diversity.sentences import tell_diversity
from pedigree.report.distribution_tables import format_distribution
from pedigree.system.dataset_lock import hold_dataset
from pedigree.workspace import Workspace
from tasks.check import check_job
from tasks.curate import curate as curate_step
from tasks.distribution import check_labels
from tasks.generation_state import Generation, save_generation


def generate(workspace: Workspace, dataset: str, *, retry_failed: bool = False) -> str:
    """Write the tables ``prompts`` and ``completions``; return a summary in one sentence."""
    job = open_job(workspace, dataset)
    check_job(job)
    with hold_dataset(workspace, dataset), Ledger(workspace.ledger) as ledger:
        generation = Generation(job, ledger)
        stop = take_rounds(job, generation, ledger, retry_failed=retry_failed, as_tasks=False)
        save_generation.fn(job, generation)
    completions, requested = generation.spent.calls, generation.paid.calls
    return f"{completions:,} completions, {requested:,} of them asked for now: {stop.message}"


def curate(workspace: Workspace, dataset: str) -> str:
    """Write the tables ``train``, ``validation`` and ``rejects``; return their counts in one sentence."""
    curated = curate_step.fn(open_job(workspace, dataset))
    rejects = sum(curated.rejects.values())
    return f"{curated.train:,} rows to train on, {curated.validation:,} to validate with, {rejects:,} rejects"


def validate(workspace: Workspace, dataset: str, console: Console, *, record: bool = False) -> None:
    """Write ``distribution.json`` and ``gates.json`` and print them.

    Raises GateError if a critical gate failed, unless ``record`` is set.
    """
    from tasks.validate import require_gates
    from tasks.validate import validate as validate_step

    job = open_job(workspace, dataset)
    distribution = check_labels.fn(job)
    gates = validate_step.fn(job, distribution)
    console.print(format_distribution(distribution))
    for gate in gates.failed + gates.warnings:
        console.print(f"{gate.severity}: {gate.message}", markup=False)
    for gate in gates.unknown:
        console.print(f"not checked: {gate.message}", markup=False)
    if not record:
        require_gates(gates)


def measure(workspace: Workspace, dataset: str) -> str:
    """Write metrics, manifest, plots, report and card; return the report's path, and what was decided of weights."""
    from tasks.measure import measure as measure_step  # with all that it needs, which generating does without

    job = open_job(workspace, dataset)
    if job.recipe.evaluate.diversity:
        from tasks.judging.diversity import score_diversity

        with hold_dataset(workspace, dataset), Ledger(workspace.ledger) as ledger:
            score_diversity.fn(job, ledger)
    metrics = measure_step.fn(job)
    weights = metrics.get("weights")
    decided = f"weights: {weights['line']}\n" if weights else ""
    scored = "".join(f"{line}\n" for line in tell_diversity(metrics.get("llm_diversity")))
    return f"{decided}{scored}report: {workspace.relative_path(job.folder / 'report.html')}"
