"""The embedder of the screen ``semantic_duplicate``: opened for the checker of duplicates, described, and copied."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from pedigree.curation.duplicates import DuplicateChecker
from pedigree.curation.meaning import REASONS, MeaningScreen
from pedigree.dataset.embedder_facts import EmbedderFacts
from pedigree.errors import WorkspaceError
from pedigree.job import Job, open_duplicate_checker
from pedigree.metrics.embedder import Embedder
from pedigree.metrics.local_embedder import copy_model, identify_model, locate_model, open_local_model
from pedigree.recipe.embedder_name import parse_name
from pedigree.recipe.schema import Recipe
from pedigree.workspace import Workspace


def open_checker(job: Job) -> DuplicateChecker:
    """Return the duplicate checker of a job, with the embedder that its screens name.

    Raises WorkspaceError if the library or the model is missing or can't be read, and ProviderError if it returns no
    valid vectors for rows of people.
    """
    embedder = open_screen_embedder(job)
    return open_duplicate_checker(job, embedder.embed if embedder else None)


def open_screen_embedder(job: Job) -> Embedder | None:
    """Return the embedder of the screen ``semantic_duplicate``; None if that is off. Raises WorkspaceError."""
    settings = job.recipe.screens.semantic_duplicate
    return open_local_model(job.workspace, parse_name(settings.embedder), alone=True) if settings else None


def check_screen_embedder(job: Job) -> None:
    """Raise WorkspaceError if the embedder of the screens is not on this machine; nothing is loaded."""
    if settings := job.recipe.screens.semantic_duplicate:
        locate_model(job.workspace, parse_name(settings.embedder))


def describe_screen_embedder(job: Job) -> EmbedderFacts | None:
    """Return what is known of the embedder of the screens without loading it; None if there is none.

    Raises WorkspaceError if it is not on this machine.
    """
    settings = job.recipe.screens.semantic_duplicate
    if settings is None:
        return None
    sha256, library = identify_model(job.workspace, parse_name(settings.embedder))
    return EmbedderFacts(name=settings.embedder, sha256=sha256, library=library)


def compare_screen_embedder(job: Job, used: EmbedderFacts) -> None:
    """Raise WorkspaceError if the embedder of the screens is not the one that decided on the rows, by its files."""
    here = describe_screen_embedder(job)
    if here and here.sha256 != used.sha256:
        raise WorkspaceError(
            f"{used.name} is not as it was when it decided on the rows: its files have the sha256 {here.sha256}",
            expected=f"files with the sha256 {used.sha256}; with others the rows can't be made again",
            hint="put the files of that time back",
        )


def measure_semantic_duplicates(job: Job, rejects: pl.DataFrame) -> dict[str, Any] | None:
    """Return the threshold of the screen ``semantic_duplicate``, what it rests on, and its rejects by reason.

    None if the screen is off. Raises as ``open_checker`` does.
    """
    settings, embedder = job.recipe.screens.semantic_duplicate, open_screen_embedder(job)
    if settings is None or embedder is None:
        return None
    screen = MeaningScreen(job.recipe, settings, embedder.embed)
    screen.add_people((*job.seeds, *job.dev), job.held_out)
    reasons = Counter(rejects["reason"].to_list())
    return {
        "embedder": {"name": embedder.name, "sha256": embedder.sha256, "library": embedder.library},
        **asdict(screen.threshold),
        "rejects": {reason: reasons[reason] for reason in REASONS},
    }


def copy_recipe_models(workspace: Workspace, recipe: Recipe, root: Path) -> None:
    """Copy the recipe's embedding models into a workspace at ``root``, where they are folders of the workspace."""
    screen = recipe.screens.semantic_duplicate
    names = [recipe.evaluate.embedder, screen.embedder if screen else None]
    for name in dict.fromkeys(filter(None, names)):
        copy_model(workspace, parse_name(name), root)
