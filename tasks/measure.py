"""Measures the dataset and writes its metrics, manifest, plots, report and card."""

import logging
from dataclasses import asdict
from typing import Any

from threadpoolctl import threadpool_limits

from pedigree.dataset.replica_figures import read_spread
from pedigree.dataset.results import write_result
from pedigree.errors import ProviderError
from pedigree.generation.diversity.figures import describe_diversity
from pedigree.generation.failures.kept_rows import replay_rounds
from pedigree.generation.failures.round_table import tabulate_rounds
from pedigree.job import Job
from pedigree.job_outputs import JobOutputs, read_job_outputs
from pedigree.labels.confused_pairs import find_confused
from pedigree.metrics.collect import collect_table_metrics, round_floats
from pedigree.metrics.embedder_choice import NO_EMBEDDER, EmbedderChoice, choose_embedder
from pedigree.metrics.label_sets.counts import count_label_sets
from pedigree.metrics.screen_embedder import measure_semantic_duplicates
from pedigree.metrics.spans.figures import measure_spans
from pedigree.metrics.tables.columns import list_table_columns
from pedigree.provenance.manifest import build_manifest
from pedigree.recipe.schema import COVERAGE
from pedigree.report.card import write_card
from pedigree.report.dvc_plots import tabulate_plots
from pedigree.report.report_page import write_report
from pedigree.report.selection_figures import describe_selection
from pedigree.system.helper_process import PendingResult, start_helper, submit_to_helper
from pedigree.usefulness.dataset_trial import describe_trial, prepare_trial
from pedigree.usefulness.difficulty import describe_difficulty, map_difficulty
from pedigree.usefulness.multi_label.trial import measure_sets
from pedigree.usefulness.tstr import measure_repeats
from pedigree.weighting.figures import describe_weights
from tasks.ui.step import step

MANY_ROWS = 5_000  # from so many on, a helper process is started if none runs: it takes seconds of imports

log = logging.getLogger("pedigree")


@step("measure")
def measure(job: Job, train: bool = True) -> dict[str, Any]:
    """Write metrics, manifest, plots, report and card into the job's folder and return the metrics.

    Without ``train`` no classifier is trained on the rows: a study has its own students. Usefulness is then unknown.
    Deterministic: they depend on recipe, inputs, tables and the recipe's local embedder, if it is on this machine.
    Raises WorkspaceError if a file of an earlier step is missing.
    """
    contents = read_job_outputs(job)
    choice = choose_embedder(job.workspace, job.dataset, job.recipe.evaluate.embedder)
    # One thread, so that the order of summation, and so the figures, do not depend on the number of cores.
    with threadpool_limits(1):
        metrics = collect_metrics(job, contents, choice, train)
        if metrics["embedder"] and metrics["embedder"]["note"]:
            log.warning("%s", metrics["embedder"]["note"])
        manifest = build_manifest(job, contents)
        write_result(metrics, job.folder / "metrics.json")
        write_result(manifest, job.folder / "manifest.json")
        for name, points in tabulate_plots(job, contents).items():
            write_result(points, job.folder / name)
        write_report(job, contents, metrics, manifest)
        write_card(job, contents, metrics, manifest)
    return metrics


def collect_metrics(
    job: Job, contents: JobOutputs, choice: EmbedderChoice = NO_EMBEDDER, train: bool = True
) -> dict[str, Any]:
    """Return the metrics of a dataset as JSON values, with numbers rounded to 6 digits after the point.

    If a local embedder returns invalid vectors, its figures are omitted with a note; a paid one's error is raised.
    """
    arguments, pending = None, None
    if train and job.held_out and job.recipe.labels_per_row is None:
        arguments = prepare_trial(job, contents)
        shared = {}
        if contents.rows.height >= MANY_ROWS:
            start_helper("pedigree.usefulness.tstr")
            shared = {"repeats": 0}  # ``_measure_usefulness`` measures them, so that both processes take as long
        pending = submit_to_helper("pedigree.usefulness.tstr:measure_usefulness", **arguments | shared)
    try:
        return _collect(job, contents, choice, arguments, pending, train)
    except ProviderError as error:
        if choice.embedder is None or choice.embedder.sha256 is None:
            raise
        return _collect(job, contents, choice.drop_embedder(error.found), arguments, pending, train)


def _collect(
    job: Job,
    contents: JobOutputs,
    choice: EmbedderChoice,
    arguments: dict[str, Any] | None,
    pending: PendingResult | None,
    train: bool,
) -> dict[str, Any]:
    metrics = collect_table_metrics(job, contents, choice.embedder.embed if choice.embedder else None)
    metrics["embedder"] = choice.describe()
    metrics["difficulty"] = _measure_difficulty(job, contents) if train else None
    if job.recipe.slots:
        metrics["spans"] = measure_spans(contents.rows, job.recipe)
    if job.recipe.selection == COVERAGE:
        metrics["selection"] = describe_selection(job, contents)
    if spread := read_spread(job.workspace, job.recipe):
        metrics["replicas"] = spread
    if semantic := measure_semantic_duplicates(job, contents.rejects):
        metrics["semantic_duplicates"] = semantic
    if job.recipe.weights != "none":
        metrics["weights"] = describe_weights(job, contents, choice.embedder)
    if failures := replay_rounds(job, contents.tables).failures if job.recipe.failures else None:
        metrics["failures"] = tabulate_rounds(job, contents.tables, failures)
    if counts := count_label_sets(job.recipe, contents.distribution):
        metrics["label_sets"] = asdict(counts)
        evidence = not contents.completions["model"].str.starts_with("offline/").any()
        metrics["multi_label"] = measure_sets(job, contents.tables["train"], evidence=evidence)
    if job.recipe.evaluate.diversity:
        metrics["llm_diversity"] = describe_diversity(job, contents.rows)
    # Last: all the above is measured here while the helper measures usefulness.
    metrics["usefulness"] = None
    if arguments and pending:
        metrics["usefulness"] = _measure_usefulness(job, contents, choice, arguments, pending)
    metrics["confused"] = find_confused(job.recipe, contents.gates.readings, metrics["usefulness"])
    return round_floats(metrics)


def _measure_usefulness(
    job: Job, contents: JobOutputs, choice: EmbedderChoice, arguments: dict[str, Any], pending: PendingResult
) -> dict[str, Any]:
    if contents.rows.height < MANY_ROWS:
        return describe_trial(job, choice, arguments, pending.get())
    samples = {name: arguments[name] for name in ("synthetic", "real", "held_out", "labels", "repeats", "seed")}
    repeats, found = measure_repeats(**samples), pending.get()
    whole = {name: found[name] and found[name] | figures for name, figures in repeats.items()}
    return describe_trial(job, choice, arguments, found | whole)


def _measure_difficulty(job: Job, contents: JobOutputs) -> dict[str, Any] | None:
    seeds = job.seeds if job.recipe.seeds else ()
    labels = list(job.recipe.labels)
    if job.recipe.labels_per_row is not None:
        return None  # it is of a classifier for labels that exclude each other
    columns, seed = list_table_columns(job.recipe), job.recipe.seed
    found = map_difficulty(contents.rows, seeds, list(job.recipe.fields), labels, seed, columns)
    described = describe_difficulty(found, contents.rows, labels) if found else None
    if described and described["warning"]:
        log.warning("%s", described["warning"])
    return described
