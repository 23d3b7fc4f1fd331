"""Makes replicas: datasets of one recipe with other models or seeds, each in its own folder, only for comparison.

They are in ``.pedigree/replicas/<dataset>/<variant>/`` and share the workspace's ledger: nothing is paid for twice.
"""

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pedigree.dataset.label_evidence import name_checker
from pedigree.dataset.results import Distribution, GateResults, LabelEvidence, read_result
from pedigree.errors import CommandError, StoppedError
from pedigree.ids import sha256_of
from pedigree.job import Job, open_job
from pedigree.metrics.screen_embedder import copy_recipe_models
from pedigree.provenance.manifest import hash_inputs
from pedigree.recipe.content.scenarios import list_written
from pedigree.recipe.schema import Recipe
from pedigree.recipe.yaml_file import load_recipe, set_keys
from pedigree.workspace import Workspace

MAX_COUNT = 20


@dataclass(frozen=True)
class Variant:
    """The model of every generator and the seed, in place of the recipe's; None keeps the recipe's."""

    model: str | None = None
    seed: int | None = None

    @property
    def name(self) -> str:
        """Return a unique folder name of letters, digits and dashes."""
        parts = []
        if self.model is not None:
            words = re.sub(r"[^a-z0-9]+", "-", self.model.lower()).strip("-")[:60]
            parts.append(f"{words}-{sha256_of(self.model)[:6]}".strip("-"))
        if self.seed is not None:
            parts.append(f"seed-{self.seed}")
        return "-".join(parts)


@dataclass(frozen=True)
class ReplicaLabel:
    """A label of a variant: rows, the kept share of its candidates (None if there are none), the share of right labels.

    ``right`` is by the check ``Replica.labels_by``, None where it checked no row of this label.
    """

    rows: int
    kept_share: float | None
    right: float | None


@dataclass(frozen=True)
class Replica:
    """The results of a variant. If it was stopped, ``stopped`` is the reason and the figures are None.

    ``kept_share`` is rows / candidates made; ``interval`` the 95 % interval of ``macro_f1``; ``usd`` is None if a
    price is unknown; ``labels_right`` the share of right labels by the strongest check, that of ``labels_by``, None if
    nobody checked them; ``labels`` the figures of each label; ``evidence`` False for rows of the offline model.
    ``failed`` names the gates that failed.
    """

    variant: str
    models: tuple[str, ...]
    seed: int
    rows: int | None = None
    made: int | None = None
    kept_share: float | None = None
    rejects: dict[str, int] = field(default_factory=dict)
    remote_clique: float | None = None
    distinct_2: float | None = None
    macro_f1: float | None = None
    interval: tuple[float, float] | None = None
    labels_right: float | None = None
    labels_by: str | None = None
    labels: dict[str, ReplicaLabel] = field(default_factory=dict)
    evidence: bool | None = None
    completions: int | None = None
    tokens: int | None = None
    usd: float | None = None
    passed: bool | None = None
    failed: tuple[str, ...] = ()
    stopped: str | None = None
    report: str | None = None


def list_variants(models: Sequence[str], seeds: Sequence[int]) -> list[Variant]:
    """Return each model with each seed, in order; raise CommandError for no values, too many, or a repeated one."""
    if not models and not seeds:
        raise CommandError("no models and no seeds", expected="at least one model or seed", hint="name some")
    for what, values in (("model", models), ("seed", seeds)):
        if twice := [value for place, value in enumerate(values) if value in values[:place]]:
            raise CommandError(f"the {what} {twice[0]} is named twice", hint="name each once")
        if "" in values:
            raise CommandError(f"an empty {what}", hint="write the name as LiteLLM does")
    variants = [Variant(model, seed) for model in models or [None] for seed in seeds or [None]]
    if len(variants) > MAX_COUNT:
        raise CommandError(
            f"{len(models or [None])} models with {len(seeds or [None])} seeds are {len(variants)} variants",
            expected=f"at most {MAX_COUNT}",
            hint="name fewer; answers that are in the ledger cost nothing the next time",
        )
    return variants


def find_replicas(workspace: Workspace, dataset: str) -> Path:
    """Return the folder of a dataset's replicas."""
    return workspace.state / "replicas" / dataset


def find_replica(workspace: Workspace, dataset: str, variant: str) -> Workspace:
    """Return the folder of one variant as a workspace of its own."""
    return Workspace(find_replicas(workspace, dataset) / variant)


def create_replica(workspace: Workspace, dataset: str, variant: Variant, rows: int) -> Job:
    """Return the job of a variant in a fresh folder, with its own recipe and copies of the files that it reads.

    ``rows`` of 0 keeps the recipe's. Raises RecipeError or WorkspaceError if the variant is invalid.
    """
    source, own = workspace.recipe_path(dataset), find_replica(workspace, dataset, variant.name)
    recipe = load_recipe(source)
    shutil.rmtree(own.root, ignore_errors=True)
    _copy(source, own.recipe_path(dataset))
    recipe = set_keys(own.recipe_path(dataset), _list_changes(variant, rows, recipe))
    for path in hash_inputs(Job(workspace, recipe)):
        _copy(workspace.resolve_inside(path), own.root / path)
    copy_recipe_models(workspace, recipe, own.root)
    for folder in (own.state, workspace.ledger):
        folder.mkdir(parents=True, exist_ok=True)
    own.ledger.symlink_to(workspace.ledger.resolve(), target_is_directory=True)
    return open_job(own, dataset)


def read_replica(workspace: Workspace, job: Job, variant: str) -> Replica:
    """Return the results of a variant, from the files that its steps wrote."""
    metrics = json.loads((job.folder / "metrics.json").read_text(encoding="utf-8"))
    gates = read_result(GateResults, job.folder / "gates.json")
    counts, spending = metrics["counts"], metrics["spending"]
    useful: dict[str, Any] = (metrics["usefulness"] or {}).get("synthetic") or {}
    interval, tokens = useful.get("macro_f1_interval"), (spending["tokens_in"], spending["tokens_out"])
    checked = next(iter(gates.labels), None)
    top = sorted(counts["rejects"].items(), key=lambda one: (-one[1], one[0]))[:3]
    return Replica(
        **_name(job, variant),
        rows=counts["rows"],
        made=counts["made"],
        kept_share=counts["yield"],
        rejects=dict(top),
        remote_clique=metrics["diversity"]["remote_clique_tfidf"],
        distinct_2=metrics["words"]["distinct_2"],
        macro_f1=useful.get("macro_f1"),
        interval=(interval[0], interval[1]) if interval else None,
        labels_right=checked.right.share if checked else None,
        labels_by=name_checker(checked) if checked else None,
        labels=_read_labels(job, checked),
        evidence=(metrics["usefulness"] or {}).get("evidence"),
        completions=spending["completions"],
        tokens=None if None in tokens else sum(tokens),
        usd=spending["cost_usd"],
        passed=gates.passed,
        failed=tuple(gate.name for gate in gates.blocking),
        report=workspace.relative_path(job.folder / "report.html"),
    )


def _read_labels(job: Job, checked: LabelEvidence | None) -> dict[str, ReplicaLabel]:
    distribution = read_result(Distribution, job.folder / "distribution.json")
    right = {name: one.share for name, one in checked.by_label.items()} if checked else {}
    return {
        one.label: ReplicaLabel(one.kept, one.kept / one.made if one.made else None, right.get(one.label))
        for one in distribution.labels
    }


def describe_stopped(job: Job, variant: str, error: StoppedError) -> Replica:
    """Return the result of a variant that its provider or its budget stopped."""
    return Replica(**_name(job, variant), stopped=error.found)


def _name(job: Job, variant: str) -> dict[str, Any]:
    models = tuple(dict.fromkeys(generator.model for generator in job.recipe.generators))
    return {"variant": variant, "models": models, "seed": job.recipe.seed}


def _list_changes(variant: Variant, rows: int, recipe: Recipe) -> dict[str | tuple[str, ...], Any]:
    changes: dict[str | tuple[str, ...], Any] = {}
    generators = range(len(list_written(recipe.generators)))
    if variant.model is not None:
        changes |= {f"generators.{place}.model": variant.model for place in generators}
    if variant.seed is not None:
        changes["seed"] = variant.seed
        if variant.seed != recipe.seed:  # some prompts do not depend on the seed, so another seed has its own answers
            changes |= {
                f"generators.{place}.draw": f"seed-{variant.seed}"
                for place, one in enumerate(list_written(recipe.generators))
                if one.strategy != "replay"
            }
    # A replica has other rows, so it does not grow from the dataset's versions.
    return {**changes, "grown_from": [], **({"rows": rows} if rows else {})}


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
