"""Publishes the results of a study as one version of the dataset ``study-NAME``."""

import logging
from collections.abc import Mapping
from typing import Any

import polars as pl

from pedigree.dataset.results import write_result
from pedigree.errors import PublishError
from pedigree.ids import sha256_of, sha256_of_file
from pedigree.job import Job
from pedigree.provenance.manifest import hash_inputs
from pedigree.recipe.schema import Recipe
from pedigree.studies.cells import Cell
from pedigree.studies.output_files import CACHED, KEPT, MANIFEST, find_results, name_dataset
from pedigree.studies.settings import REAL
from pedigree.studies.study_file import StudyFile
from pedigree.versions.readiness import check_ready
from pedigree.versions.stored_files import check_stored
from pedigree.versions.study_publishing import StudyDraft, publish_study
from pedigree.workspace import Workspace
from tasks.ui.step import step

log = logging.getLogger("pedigree")


def check_publishable(workspace: Workspace, file: StudyFile) -> None:
    """Raise PublishError for the first requirement of publishing that is not met."""
    check_ready(workspace.root, name_dataset(file.study.study))


def write_manifest(workspace: Workspace, file: StudyFile, recipes: Mapping[Cell, Recipe], table: pl.DataFrame) -> None:
    """Write the manifest of the results: hashes of all that they are a function of, besides the models' answers."""
    write_result(_describe(workspace, file, recipes, table), find_results(workspace, file.study.study) / MANIFEST)


@step("publish study")
def publish_results(
    workspace: Workspace, file: StudyFile, recipes: Mapping[Cell, Recipe], table: pl.DataFrame
) -> str | None:
    """Publish the results, with the study's file and all that it read; None where the latest version is equal.

    Raises PublishError for a failed step, or where a dataset of the study could not be made.
    """
    study, root = file.study, workspace.root
    if failed := table.filter(pl.col("status") != "made").height:
        raise PublishError(
            f"study-{study.study} is not published: {failed} of its datasets failed",
            expected="all of its datasets",
            hint="the same command makes what is missing and pays nothing twice; --no-publish keeps what is there",
        )
    check_publishable(workspace, file)
    manifest = _describe(workspace, file, recipes, table)
    inputs = (workspace.relative_path(file.path), *manifest["inputs"])
    check_stored(root, name_dataset(study.study), inputs)
    folder = f"data/{name_dataset(study.study)}"
    draft = StudyDraft(
        name_dataset(study.study),
        inputs,
        tuple(f"{folder}/{name}" for name in KEPT),
        tuple(f"{folder}/{name}" for name in CACHED),
        manifest,
        f"{len(recipes):,} datasets of {len(study.tasks)} tasks",
        f"Question: {study.question}\nSystems: {', '.join(manifest['systems'])}\nRows of results: {table.height:,}",
    )
    published = publish_study(root, draft)
    said = f"published {published[0].tag}" if published else f"study-{study.study} is unchanged: no new version"
    log.info("%s", said)
    return published[0].tag if published else None


def _describe(
    workspace: Workspace, file: StudyFile, recipes: Mapping[Cell, Recipe], table: pl.DataFrame
) -> dict[str, Any]:
    study = file.study
    inputs: dict[str, str] = {}
    for recipe in {cell.chain: recipe for cell, recipe in recipes.items()}.values():
        inputs |= hash_inputs(Job(workspace, recipe))
    for path in filter(None, [*(task.recipe for task in study.tasks), *(task.real for task in study.tasks)]):
        inputs[path] = sha256_of_file(workspace.resolve_inside(path))
    systems = table.filter(pl.col("strategy") != REAL).select("strategy", "model").unique(maintain_order=True)
    return {
        "study": study.study,
        "study_sha256": sha256_of(study.model_dump(mode="json")),
        "inputs": dict(sorted(inputs.items())),
        "tasks": [task.name for task in study.tasks],
        "systems": [f"{strategy}, {model}" for strategy, model in systems.iter_rows()],
        "datasets": len(recipes),
        "written_by": sorted(table["written_by"].unique()),
        "failed": table.filter(pl.col("status") != "made").height,
        "tables": {"results": {"rows": table.height, "content_sha256": sha256_of(table.to_dicts())}},
    }
