"""Announce: what came out, as artifacts on the run's page."""

import os
from urllib.parse import quote as quote_url

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from pedigree.dataset.results import Distribution, GateResults
from pedigree.dataset.schemas import read_table
from pedigree.job import Job
from pedigree.job_outputs import read_rows
from pedigree.report.markdown import escape_markdown
from pedigree.report.report_page import share_labels
from pedigree.report.run_artifacts import describe_cost, describe_gates, describe_labels, describe_rejects
from pedigree.system.helper_process import call_in_helper
from pedigree.versions.publishing import Published
from tasks.generation_state import Generation
from tasks.ui.page import RunPage
from tasks.ui.progress import LiveProgress

SHARED = "PEDIGREE_REPORTS_URL"  # where 'pedigree serve' shows reports


@task(name="announce", task_run_name="announce", cache_policy=NO_CACHE, persist_result=False)
def announce(job: Job, distribution: Distribution, gates: GateResults, live: LiveProgress) -> None:
    """Show labels, rejects, gates, cost and where the report is on the run's page; gates that fail stand in its log, too."""
    log = get_run_logger()
    for gate in gates.failed:
        log.error("gate failed: %s", gate.message)
    for gate in gates.warnings:
        log.warning("gate warns: %s", gate.message)
    made = sum(label.made for label in distribution.labels)
    picture = call_in_helper("pedigree.report.chart_image:paint_labels", share_labels(distribution))
    rejects, completions = read_table(job.table("rejects")), read_table(job.table("completions"))
    page, name = RunPage(), job.dataset
    with page.open():
        page.put(f"{name}-labels", "markdown", describe_labels(distribution, picture), "Labels as made, kept and read")
        page.put(f"{name}-rejects", "markdown", describe_rejects(job, rejects, made), "What was turned away, and why")
        page.put(f"{name}-gates", "markdown", describe_gates(gates, read_rows(job), job), "What had to hold")
        page.put(
            f"{name}-cost", "markdown", describe_cost(completions, live.headway.asked_now), "Calls, tokens and USD"
        )
        page.put(f"{name}-report", "markdown", f"## Report\n\n{_link(name, 'report.html')}\n", "Where the report is")


@task(name="announce stop", task_run_name="announce stop", cache_policy=NO_CACHE, persist_result=False)
def announce_stop(job: Job, generation: Generation) -> None:
    """Show what is known of rejects where a run was stopped while models were asked."""
    if generation.finished_rounds:
        page, rejects = RunPage(), generation.rejects
        said = describe_rejects(job, rejects, generation.kept.height + rejects.height)
        with page.open():
            page.put(f"{job.dataset}-rejects", "markdown", said, "What was turned away before the run was stopped")


@task(name="announce version", task_run_name="announce version", cache_policy=NO_CACHE, persist_result=False)
def announce_version(job: Job, published: Published) -> None:
    """Show the version that was published: its tag, its data card and report, and how to pull it."""
    version, page = published.version, RunPage()
    lines = [
        f"## {escape_markdown(version.tag)}",
        f"- change: {published.change or 'none, it was pushed'}; commit `{version.commit[:12]}`",
        *(f"- {_link(job.dataset, file, version.tag)}" for file in ("README.md", "report.html")),
        f"\n```sh\ngit checkout {version.tag} && dvc pull\n```",
    ]
    with page.open():
        page.put(f"{job.dataset}-version", "markdown", "\n".join(lines) + "\n", "The version that was published")


def _link(dataset: str, file: str, version: str = "") -> str:
    """Return a link to a file of a dataset where 'pedigree serve' shows it, else where it lies."""
    what = {"README.md": "data card", "report.html": "report"}[file]
    path, base = f"data/{dataset}/{file}", os.environ.get(SHARED, "").rstrip("/")
    if base.startswith(("http://", "https://")):
        return f"{what}: [{path}]({base}/{quote_url(version or dataset, safe='@')}/{file})"
    return f"{what}: `{path}`; a link stands here where the run is one of 'pedigree serve'"
