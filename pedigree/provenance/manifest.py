"""Builds the manifest: the hashes of all inputs of a dataset, and the counts and hashes of its tables."""

from pathlib import Path

import polars as pl

from pedigree.dataset.results import Manifest, TableFacts
from pedigree.dataset.schemas import SCHEMA_VERSION, content_sha256
from pedigree.dataset.usage import sum_by_model, sum_usage
from pedigree.errors import WorkspaceError
from pedigree.generation.templates import INSTRUCTIONS, LIMITS, RULES, SPANS, Template
from pedigree.ids import sha256_of, sha256_of_file
from pedigree.job import Job
from pedigree.job_outputs import JobOutputs
from pedigree.metrics.screen_embedder import describe_screen_embedder


def build_manifest(job: Job, contents: JobOutputs) -> Manifest:
    """Return the manifest of the job's folder; it depends on files alone.

    Raises RecipeError or WorkspaceError where an input, or the embedder of a screen, is missing.
    """
    recipe = job.recipe
    return Manifest(
        schema_version=SCHEMA_VERSION,
        dataset=recipe.dataset,
        base=_name_base(job),
        recipe_sha256=sha256_of(recipe.model_dump(mode="json")),
        inputs=hash_inputs(job),
        embedder=describe_screen_embedder(job),
        labels=_count_labels(contents, list(recipe.labels)),
        fields={name: field.type for name, field in recipe.fields.items()},
        models=_count_models(contents.completions),
        tables={
            name: TableFacts(rows=table.height, content_sha256=content_sha256(table, name))
            for name, table in contents.tables.items()
        },
        **sum_usage(contents.completions),
        gates=contents.gates,
    )


def hash_inputs(job: Job) -> dict[str, str]:
    """Return path -> sha256 of each file that a run reads.

    These are templates and their parts, seeds, held-out and real rows, review, corpora, statistics, triples, suite and
    recordings.
    """
    recipe = job.recipe
    hashes = {}
    for asked in recipe.asked_models:
        for path in asked.template_paths:
            hashes |= Template(job.workspace, path).files
    if any(generator.avoid or generator.statistics or generator.scenario for generator in recipe.generators):
        hashes |= Template(job.workspace, LIMITS).files
    if any(generator.instructions for generator in recipe.generators):
        hashes |= Template(job.workspace, INSTRUCTIONS).files
    if recipe.slots:
        hashes |= Template(job.workspace, SPANS).files
    if recipe.checks or recipe.depends:
        hashes |= Template(job.workspace, RULES).files
    replayed = [one.model.removeprefix("replay/") for one in recipe.asked_models if one.model.startswith("replay/")]
    read = [path for generator in recipe.generators for path in generator.read_files]
    for path in [
        recipe.seeds,
        recipe.held_out,
        recipe.real,
        recipe.dev,
        recipe.review,
        *read,
        f"expectations/{recipe.gates.suite}.json",
        *replayed,
    ]:
        if path:
            hashes[path] = _hash(job.workspace.resolve_inside(path), path)
    return dict(sorted(hashes.items()))


def _hash(file: Path, path: str) -> str:
    try:
        return sha256_of_file(file)
    except OSError as error:
        raise WorkspaceError(
            f"{path}: {error.strerror}",
            expected="every file that the recipe names",
            hint="restore it, or correct the recipe",
        ) from None


def _count_labels(contents: JobOutputs, labels: list[str]) -> dict[str, dict[str, int]]:
    counts = {label: {"train": 0, "validation": 0} for label in labels}
    for label, split, rows in contents.rows.group_by("label", "split").len().iter_rows():
        counts[label][split] = rows
    return counts


def _count_models(completions: pl.DataFrame) -> dict[str, dict[str, int]]:
    models: dict[str, dict[str, int]] = {}
    answered = completions.filter(pl.col("failure").is_null())
    for line in sum_by_model(answered).iter_rows(named=True):
        models.setdefault(line["model"], {})[line["model_answered"] or "unknown"] = line["completions"]
    return models


def _name_base(job: Job) -> str | None:
    """Return the tag of the version that the dataset grew from."""
    bases = job.recipe.grown_from
    return f"{job.dataset}@{bases[-1].version}" if bases else None
