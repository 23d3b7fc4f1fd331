"""Publishes the results of a run as artifacts on its page."""

import os
from collections.abc import Mapping
from urllib.parse import quote as quote_url

from pedigree.dataset.label_evidence import describe_labels
from pedigree.dataset.output_files import TABLES
from pedigree.dataset.results import Distribution, GateResults
from pedigree.dataset.schemas import read_table
from pedigree.generation.failures.loop import FailureLoop
from pedigree.generation.failures.round_table import tabulate_rounds
from pedigree.job import Job
from pedigree.job_outputs import read_rows
from pedigree.metrics.label_sets.counts import count_label_sets
from pedigree.report.failure_rounds import describe_rounds
from pedigree.report.label_readings import select_matrix
from pedigree.report.label_set_tables import format_set_counts_markdown
from pedigree.report.markdown import escape_markdown, write_table
from pedigree.report.report_page import compute_label_shares
from pedigree.report.run_artifacts import describe_cost, describe_distribution, describe_gates, describe_rejects
from pedigree.system.helper_process import call_in_helper
from pedigree.versions.publishing import Published
from tasks.generation_state import Generation
from tasks.ui.page import RunPage
from tasks.ui.progress import LiveProgress
from tasks.ui.step import step

GATES = "Gates: the checks that a version must pass"
REPORTS_URL = "PEDIGREE_REPORTS_URL"  # address of the reports of 'pedigree serve'


@step("announce", "show the results")
def announce(
    job: Job,
    distribution: Distribution,
    gates: GateResults,
    live: LiveProgress,
    failures: FailureLoop | None = None,
) -> None:
    """Show labels, rejects, gates, cost and a link to the report on the run's page; failed gates are also logged.

    Of failure-driven rounds, also what each asked for and gained.
    """
    from prefect import get_run_logger

    log = get_run_logger()
    log.info("labels: %s", describe_labels(gates))
    for gate in gates.failed:
        log.error("gate failed: %s", gate.message)
    for gate in gates.warnings:
        log.warning("gate warns: %s", gate.message)
    for gate in gates.unknown:
        log.info("gate not checked: %s", gate.message)
    made = sum(label.made for label in distribution.labels)
    picture = call_in_helper("pedigree.report.chart_image:render_labels_png", compute_label_shares(distribution))
    matrices = [select_matrix(one) for one in gates.readings]
    pictures = [
        call_in_helper("pedigree.report.chart_image:render_readings_png", one.labels, one.columns, one.list_cells())
        for one in matrices
    ]
    rejects, completions = read_table(job.table("rejects")), read_table(job.table("completions"))
    page, name = RunPage(), job.dataset
    counts = count_label_sets(job.recipe, distribution)
    sets = f"\n\n{format_set_counts_markdown(counts)}" if counts else ""
    with page.open():
        shown = [
            (
                "labels",
                describe_distribution(distribution, gates, picture, pictures) + sets,
                "Labels: are they right, and has each its rows",
            ),
            ("rejects", describe_rejects(job, rejects, made), "Rejects: candidates that were not kept, by reason"),
        ]
        # A failed gate is the first that a page shows.
        shown.insert(0 if gates.failed else 2, ("gates", describe_gates(gates, read_rows(job), job), GATES))
        for key, text, title in shown:
            page.put_artifact(f"{name}-{key}", "markdown", text, title)
        page.put_artifact(
            f"{name}-cost",
            "markdown",
            describe_cost(completions, live.progress.asked_now),
            "Cost: calls, tokens and USD",
        )
        page.put_artifact(
            f"{name}-report",
            "markdown",
            f"## Report\n\n{_link(name, 'report.html')}\n",
            "Report: charts, rows and figures",
        )
        if failures:
            tables = {table: read_table(job.table(table)) for table in TABLES}
            rounds = describe_rounds(tabulate_rounds(job, tables, failures))
            page.put_artifact(
                f"{name}-rounds", "markdown", rounds, "Rounds: what a classifier got wrong, and was asked for"
            )


@step("announce stop", "show what was rejected")
def announce_stop(job: Job, generation: Generation) -> None:
    """Show the rejects of a run that stopped during generation."""
    if generation.finished_rounds:
        page, rejects = RunPage(), generation.rejects
        candidates = rejects.filter(rejects["row_id"].is_not_null())
        text = describe_rejects(job, rejects, generation.kept.height + candidates.height)
        with page.open():
            page.put_artifact(
                f"{job.dataset}-rejects", "markdown", text, "Rejects: what was not kept before the run stopped"
            )


@step("announce version", "show the version")
def announce_version(job: Job, published: Published) -> None:
    """Show the published version: its tag, data card and report, and how to pull it."""
    version, page = published.version, RunPage()
    lines = [
        f"## {escape_markdown(version.tag)}",
        f"- change: {published.change or 'none, only pushed'}; commit `{version.commit[:12]}`",
        *(f"- {_link(job.dataset, file, version.tag)}" for file in ("README.md", "report.html")),
        f"\n```sh\ngit checkout {version.tag} && dvc pull\n```",
    ]
    with page.open():
        page.put_artifact(
            f"{job.dataset}-version",
            "markdown",
            "\n".join(lines) + "\n",
            "Version: its tag, card and report, and how to get it",
        )


def announce_result(dataset: str, figures: Mapping[str, str]) -> None:
    """Show what a run brought on the page of the flow that started it; the run's own page has the details."""
    table = write_table(("", "result"), [[name, escape_markdown(value)] for name, value in figures.items()])
    page = RunPage()
    with page.open():
        page.put_artifact(
            f"{dataset}-result", "markdown", f"## {escape_markdown(dataset)}\n\n{table}\n", "Result of the run"
        )


def _link(dataset: str, file: str, version: str = "") -> str:
    """Return a link to a dataset's file on the site of 'pedigree serve', or its path if no site is known."""
    title = {"README.md": "data card", "report.html": "report"}[file]
    path, base = f"data/{dataset}/{file}", os.environ.get(REPORTS_URL, "").rstrip("/")
    if base.startswith(("http://", "https://")):
        return f"{title}: [{path}]({base}/{quote_url(version or dataset, safe='@')}/{file})"
    return f"{title}: `{path}`; runs of 'pedigree serve' show a link here"
