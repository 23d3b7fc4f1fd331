"""Announce: what came out, as artifacts on the run's page."""

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from pedigree.distribution_text import distribution_markdown, escape_markdown
from pedigree.job import Job
from pedigree.results import Distribution, Gates


@task(name="announce", task_run_name="announce", cache_policy=NO_CACHE, persist_result=False)
def announce(job: Job, distribution: Distribution, gates: Gates) -> None:
    """Show the label distribution and the gates as Markdown artifacts of the flow run."""
    create_markdown_artifact(
        distribution_markdown(distribution),
        key=f"{job.dataset}-labels",
        description="Labels as made, as kept and as read",
    )
    lines = [
        f"- {'passed' if gate.passed else 'FAILED' if gate.severity == 'critical' else 'warning'}: {escape_markdown(gate.message)}"
        for gate in gates.gates
    ]
    create_markdown_artifact(
        "\n".join(["## Gates", *lines]), key=f"{job.dataset}-gates", description="What had to hold"
    )
