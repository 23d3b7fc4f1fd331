"""Publishes a dataset that passed its gates as the next version."""

import logging
from typing import Any

from pedigree.dataset.output_files import RESULTS
from pedigree.dataset.results import Manifest, read_result, write_result
from pedigree.errors import GateError, PublishError
from pedigree.ids import sha256_of_file
from pedigree.job import Job
from pedigree.recipe.yaml_file import load_recipe, state_tracked_keys
from pedigree.system import dvc
from pedigree.system.atomic_write import write_text
from pedigree.versions import publishing, versions
from pedigree.versions.publishing import Draft, Published
from pedigree.versions.readiness import check_ready
from pedigree.versions.stored_files import check_stored
from tasks.ui.step import step

log = logging.getLogger("pedigree")


@step("publish")
def publish(
    job: Job, push_git: bool = False, run_facts: dict[str, Any] | None = None, branch: str | None = None
) -> Published | None:
    """Publish the job's folder as the next version; None where the latest version is equal.

    ``run_facts`` (facts that differ between runs) become run.json of a new version. Raises GateError for a failed gate,
    PublishError for a failed step; the next call then finishes the job.
    """
    manifest = read_result(Manifest, job.folder / "manifest.json")
    _check_gates(manifest)
    check_ready(job.workspace.root, job.dataset, push_git, branch)
    state_tracked_keys(job.workspace.recipe_path(job.dataset))
    _check_inputs(job, manifest)
    check_stored(job.workspace.root, job.dataset, [*manifest.inputs])
    _write_run(job, manifest, run_facts or {})
    published = publishing.publish(job.workspace.root, _draft(job, manifest), push_git)
    if published is None:
        _restore(job)
    log.info("%s", f"published {published.version.tag}" if published else f"{job.dataset} is unchanged: no new version")
    return published


def _restore(job: Job) -> None:
    """Restore .gitignore and run.json from the latest version, where the folder was removed and made again."""
    version = versions.latest(job.workspace.root, job.dataset)
    for name in (".gitignore", "run.json"):
        if version and not (job.folder / name).exists():
            kept = dvc.read_at(job.workspace.root, version.commit, f"data/{job.dataset}/{name}")
            write_text(job.folder / name, kept.decode("utf-8"))


def _check_gates(manifest: Manifest) -> None:
    if not manifest.gates.passed:
        failed = "; ".join(gate.message for gate in manifest.gates.blocking)
        raise GateError(
            f"{manifest.dataset} is not published: {failed}",
            expected="every critical gate passed",
            hint=f"data/{manifest.dataset}/report.html says why; change the recipe and run again",
        )


def _check_inputs(job: Job, manifest: Manifest) -> None:
    """Raise PublishError where an input was edited after the run read it: the version would contain another input."""
    edited = [
        path
        for path, sha256 in manifest.inputs.items()
        if not (file := job.workspace.resolve_inside(path)).is_file() or sha256_of_file(file) != sha256
    ]
    recipe = job.workspace.recipe_path(job.dataset)
    if load_recipe(recipe) != job.recipe:
        edited.insert(0, job.workspace.relative_path(recipe))
    if edited:
        raise PublishError(
            f"{', '.join(edited)} changed while the run was under way",
            expected="the files that the run read",
            hint="run again: what is in the ledger is not paid for twice",
        )


def _write_run(job: Job, manifest: Manifest, run_facts: dict[str, Any]) -> None:
    """Write run.json for a new version, unless an earlier call has committed it."""
    root, names = job.workspace.root, [f"data/{job.dataset}/{name}" for name in ("manifest.json", "run.json")]
    before = versions.read_manifest(root, versions.latest(root, job.dataset))
    change = versions.compare_manifests(before, manifest.model_dump(mode="json"))
    if change and not publishing.is_committed(root, names):
        write_result(run_facts, root / names[1])


def _draft(job: Job, manifest: Manifest) -> Draft:
    root = job.workspace.root
    outputs = [f"data/{job.dataset}/{name}" for name in RESULTS]
    rows = sum(sum(splits.values()) for splits in manifest.labels.values())
    return Draft(
        dataset=job.dataset,
        inputs=(job.workspace.relative_path(job.workspace.recipe_path(job.dataset)), *manifest.inputs),
        outputs=tuple(path for path in outputs if (root / path).is_file()),
        manifest=manifest.model_dump(mode="json"),
        summary=f"{rows:,} rows, {len(manifest.labels)} labels",
        details="\n".join(_describe(manifest)),
    )


def _describe(manifest: Manifest) -> list[str]:
    labels = [f"{label} {splits['train']:,} + {splits['validation']:,}" for label, splits in manifest.labels.items()]
    models = [
        f"{asked}{'' if asked == answered else f' as {answered}'} ({completions:,} completions)"
        for asked, counts in manifest.models.items()
        for answered, completions in counts.items()
    ]
    gates = manifest.gates
    passed = sum(gate.passed is True for gate in gates.gates)
    cost = "unknown" if manifest.cost_usd is None else f"{manifest.cost_usd:.4f} USD"
    counts = {"in": manifest.tokens_in, "out": manifest.tokens_out}
    tokens = [f"{count:,} tokens {way}" for way, count in counts.items() if count is not None]
    return [
        f"Labels (train + validation): {', '.join(labels)}",
        f"Models: {', '.join(models) or 'none'}",
        f"Gates ({gates.suite}): {passed} of {len(gates.gates)} passed",
        *(f"Warning: {gate.message}" for gate in gates.warnings),
        *(f"Unknown: {gate.message}" for gate in gates.unknown),
        f"Cost: {', '.join([cost, *tokens])}",
    ]
