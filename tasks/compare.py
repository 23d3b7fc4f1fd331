"""Compares the replicas of a recipe, as a file and as an artifact of the flow run."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pedigree.dataset.replica_figures import FIGURES, LABEL_FIGURES, describe_label_spread, write_spread
from pedigree.dataset.results import write_result
from pedigree.job import open_job
from pedigree.job_outputs import read_job_outputs
from pedigree.report.markdown import escape_markdown
from pedigree.usefulness.dataset_trial import prepare_trial
from pedigree.usefulness.ensemble import Ensemble, Spread, average_trials, spread_out
from pedigree.usefulness.pool import TrainingMix
from pedigree.usefulness.tables.student import make_student
from pedigree.usefulness.trials import Trial, run_trial
from pedigree.usefulness.tstr import make_pool
from pedigree.workspace import Workspace
from tasks.replicas import Replica, find_replica, find_replicas
from tasks.ui.step import step


@dataclass(frozen=True)
class ReplicaComparison:
    """The replicas of a dataset, in the order of the variants. ``path`` is the result file, below the workspace.

    ``spread`` has each figure's mean and standard deviation over the variants that have it; ``ensemble`` the averaged
    predictions of their classifiers, None where fewer than two were made or there are no held-out rows. ``by_label``
    has the spread of each label's figures (``LABEL_FIGURES``).
    """

    dataset: str
    replicas: tuple[Replica, ...]
    path: str
    spread: dict[str, Spread] = field(default_factory=dict)
    ensemble: Ensemble | None = None
    by_label: dict[str, dict[str, Spread]] = field(default_factory=dict)


@step("compare")
def compare(workspace: Workspace, dataset: str, replicas: tuple[Replica, ...]) -> ReplicaComparison:
    """Write ``.pedigree/replicas/<dataset>/comparison.json``, and the spread that report and card tell."""
    file = find_replicas(workspace, dataset) / "comparison.json"
    found = {name: spread_out([getattr(one, name) for one in replicas]) for name in FIGURES}
    by_label = _spread_labels(replicas)
    if len(_list_checkers(replicas)) > 1:  # a judge's estimates and a classifier's are not of one kind
        found["labels_right"] = None
        by_label = {label: {**figures, "right": None} for label, figures in by_label.items()}
    comparison = ReplicaComparison(
        dataset,
        replicas,
        workspace.relative_path(file),
        _drop_unknown(found),
        _average(workspace, dataset, replicas),
        {label: _drop_unknown(figures) for label, figures in by_label.items()},
    )
    written = {name: part for name, part in asdict(comparison).items() if name != "path"}
    write_result(written, file)
    write_spread(workspace, open_job(workspace, dataset).recipe, _summarise(comparison))
    return comparison


def _spread_labels(replicas: Sequence[Replica]) -> dict[str, dict[str, Spread | None]]:
    """Return the spread of each label's figures over the variants that were made."""
    labels = list(dict.fromkeys(label for one in replicas for label in one.labels))
    return {
        label: {
            name: spread_out([getattr(one.labels[label], name) for one in replicas if label in one.labels])
            for name in LABEL_FIGURES
        }
        for label in labels
    }


def _drop_unknown(found: dict[str, Spread | None]) -> dict[str, Spread]:
    return {name: one for name, one in found.items() if one}


def _list_checkers(replicas: Sequence[Replica]) -> list[str]:
    return sorted({one.labels_by for one in replicas if one.labels_by is not None})


def _summarise(comparison: ReplicaComparison) -> dict[str, Any]:
    """Return what report and card tell of the replicas."""
    made = [one for one in comparison.replicas if one.stopped is None]
    return {
        "variants": len(made),
        "seeds": [one.seed for one in made],
        "models": list(dict.fromkeys(name for one in made for name in one.models)),
        "figures": {name: asdict(one) for name, one in comparison.spread.items()},
        "labels": {
            "checked": sum(one.labels_right is not None for one in made),
            "by": _list_checkers(made),
        },
        "by_label": asdict(comparison)["by_label"],
        "ensemble": comparison.ensemble and asdict(comparison.ensemble),
        "evidence": not any(one.evidence is False for one in made),
    }


def _average(workspace: Workspace, dataset: str, replicas: Sequence[Replica]) -> Ensemble | None:
    """Return the averaged predictions of the report's TF-IDF classifier of each variant."""
    made = [one.variant for one in replicas if one.rows and one.stopped is None]
    trials = {name: trial for name in made if (trial := _try_variant(find_replica(workspace, dataset, name), dataset))}
    return average_trials(trials, open_job(workspace, dataset).recipe.seed)


def _try_variant(own: Workspace, dataset: str) -> Trial | None:
    job = open_job(own, dataset)
    if not job.held_out or job.recipe.labels_per_row is not None:
        return None
    rows = prepare_trial(job, read_job_outputs(job))
    pool = make_pool(rows["synthetic"], rows["real"], rows["held_out"], len(rows["labels"]), job.recipe.seed)
    return run_trial(make_student(pool), pool, TrainingMix(len(pool.synthetic), 0))


@step("show comparison")
def show_comparison(comparison: ReplicaComparison) -> None:
    """Show a comparison as a table artifact of the flow run, whose cells are Markdown and HTML."""
    from prefect.artifacts import create_table_artifact

    create_table_artifact(
        [{name: escape_markdown(cell) for name, cell in line.items()} for line in format_replicas(comparison)],
        key=f"{comparison.dataset}-replicas",
        description="  \n".join(["One recipe, made with several models or seeds", *describe_spread(comparison)]),
    )


def format_replicas(comparison: ReplicaComparison) -> list[dict[str, str]]:
    """Return the cells of each replica for people."""
    return [_format_cells(replica) for replica in comparison.replicas]


def describe_spread(comparison: ReplicaComparison) -> list[str]:
    """Return, in a sentence each, how far the variants differ, and what their averaged predictions are worth."""
    parts = [
        f"{title} {one.mean:{form}} ± {one.std:{form}}"
        for name, (title, form) in FIGURES.items()
        if (one := comparison.spread.get(name)) and one.std is not None
    ]
    count = sum(one.stopped is None for one in comparison.replicas)
    said = [f"mean ± standard deviation over {count} variants: {', '.join(parts)}"] if parts else []
    said += describe_label_spread(asdict(comparison)["by_label"])
    return said + ([_describe_ensemble(comparison, one)] if (one := comparison.ensemble) else [])


def _describe_ensemble(comparison: ReplicaComparison, one: Ensemble) -> str:
    low, high = one.gain_interval
    evidence = "; no evidence" if any(replica.evidence is False for replica in comparison.replicas) else ""
    return (
        f"averaged predictions of {one.students} classifiers on {one.test_rows:,} held-out rows: macro-F1 "
        f"{one.macro_f1:.3f} ({one.interval[0]:.3f} to {one.interval[1]:.3f}); a single one on average "
        f"{one.single.mean:.3f} ({one.single_interval[0]:.3f} to {one.single_interval[1]:.3f}); difference "
        f"{one.gain:+.3f} ({low:+.3f} to {high:+.3f}){evidence}"
    )


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
        "labels right": _format_right(replica),
        "distinct-2": _format(replica.distinct_2, ".3f"),
        "Remote Clique": _format(replica.remote_clique, ".3f"),
        "calls": _format(replica.completions, ",d"),
        "tokens": _format(replica.tokens, ",d"),
        "USD": _format(replica.usd, ".4f"),
        "most rejects": ", ".join(f"{reason} {count:,}" for reason, count in replica.rejects.items()) or "–",
        "why": replica.stopped or ", ".join(replica.failed) or "–",
        "folder": replica.variant,
    }


def _format_right(replica: Replica) -> str:
    if replica.stopped is not None:
        return "–"
    return "unknown" if replica.labels_right is None else f"{replica.labels_right:.1%}, by {replica.labels_by}"


def _format(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
