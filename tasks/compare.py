"""Compares the replicas of a recipe, as a file and as an artifact of the flow run."""

from dataclasses import asdict, dataclass

from prefect import task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from pedigree.dataset.results import write_result
from pedigree.report.markdown import escape_markdown
from pedigree.workspace import Workspace
from tasks.replicas import Replica, find_replicas


@dataclass(frozen=True)
class ReplicaComparison:
    """The replicas of a dataset, in the order of the variants. ``path`` is the result file, below the workspace."""

    dataset: str
    replicas: tuple[Replica, ...]
    path: str


@task(name="compare", task_run_name="compare", cache_policy=NO_CACHE, persist_result=False)
def compare(workspace: Workspace, dataset: str, replicas: tuple[Replica, ...]) -> ReplicaComparison:
    """Write ``.pedigree/replicas/<dataset>/comparison.json``."""
    file = find_replicas(workspace, dataset) / "comparison.json"
    comparison = ReplicaComparison(dataset, replicas, workspace.relative_path(file))
    write_result({"dataset": dataset, "replicas": [asdict(replica) for replica in replicas]}, file)
    return comparison


@task(name="show comparison", task_run_name="show comparison", cache_policy=NO_CACHE, persist_result=False)
def show_comparison(comparison: ReplicaComparison) -> None:
    """Show a comparison as a table artifact of the flow run, whose cells are Markdown and HTML."""
    create_table_artifact(
        [{name: escape_markdown(cell) for name, cell in line.items()} for line in format_replicas(comparison)],
        key=f"{comparison.dataset}-replicas",
        description="One recipe, made with several models or seeds",
    )


def format_replicas(comparison: ReplicaComparison) -> list[dict[str, str]]:
    """Return the cells of each replica for people."""
    return [_format_cells(replica) for replica in comparison.replicas]


def _format_cells(replica: Replica) -> dict[str, str]:
    interval = f" ({replica.interval[0]:.3f} to {replica.interval[1]:.3f})" if replica.interval else ""
    evidence = ", no evidence" if replica.evidence is False else ""
    return {
        "model": ", ".join(replica.models),
        "seed": str(replica.seed),
        "result": "stopped" if replica.stopped is not None else "passed" if replica.passed else "gates failed",
        "rows": _format(replica.rows, ",d"),
        "yield": _format(replica.kept_share, ".1%"),
        "macro-F1": _format(replica.macro_f1, ".3f") + interval + evidence,
        "distinct-2": _format(replica.distinct_2, ".3f"),
        "Remote Clique": _format(replica.remote_clique, ".3f"),
        "calls": _format(replica.completions, ",d"),
        "tokens": _format(replica.tokens, ",d"),
        "USD": _format(replica.usd, ".4f"),
        "most rejects": ", ".join(f"{reason} {count:,}" for reason, count in replica.rejects.items()) or "–",
        "why": replica.stopped or ", ".join(replica.failed) or "–",
        "folder": replica.variant,
    }


def _format(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
