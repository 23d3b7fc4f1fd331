"""Emits Prefect events about a dataset, for automations: ``dataset.published`` and ``dataset.rejected``."""

from typing import Any

from prefect.events import emit_event

from pedigree.dataset.label_evidence import collect_label_facts
from pedigree.dataset.output_files import SPLITS
from pedigree.dataset.results import GateResults, Manifest, read_result
from pedigree.job import Job
from pedigree.system.workspace_identity import read_identity
from pedigree.versions.publishing import Published


def emit_published(job: Job, published: Published) -> None:
    """Emit ``dataset.published`` with the version and the key figures of its manifest."""
    version = published.version
    _emit(
        job,
        "dataset.published",
        {"version": version.name, "tag": version.tag, "commit": version.commit, "change": published.change},
    )


def emit_rejected(job: Job, gates: GateResults) -> None:
    """Emit ``dataset.rejected`` with each gate that failed."""
    failed = [gate.model_dump(mode="json", include={"name", "figure", "limit", "message"}) for gate in gates.blocking]
    _emit(job, "dataset.rejected", {"failed": failed, "why": "; ".join(gate["message"] for gate in failed)})


def _emit(job: Job, event: str, details: dict[str, Any]) -> None:
    """Emit an event of the resource ``pedigree.dataset.NAME``."""
    manifest = read_result(Manifest, job.folder / "manifest.json")
    splits = {split: manifest.tables[split].rows for split in SPLITS}
    resource = {"prefect.resource.id": f"pedigree.dataset.{job.dataset}", "prefect.resource.name": job.dataset}
    if identity := read_identity(job.workspace):  # the deployments that this workspace serves hear of its own datasets
        resource["pedigree.workspace"] = identity
    emit_event(
        event=event,
        resource=resource,
        payload={
            "dataset": job.dataset,
            **details,
            "labels_checked": collect_label_facts(manifest.gates),
            "rows": sum(splits.values()),
            **splits,
            "rejects": manifest.tables["rejects"].rows,
            "labels": {label: sum(rows.values()) for label, rows in manifest.labels.items()},
            "models": sorted(manifest.models),
            "cost_usd": manifest.cost_usd,
            "warnings": [gate.message for gate in manifest.gates.warnings],
            "recipe_sha256": manifest.recipe_sha256,
            "content_sha256": {name: table.content_sha256 for name, table in manifest.tables.items()},
        },
    )
