"""The choice of an embedder: what a recipe or a command asks for, and what came of it on this machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pedigree.errors import CommandError, WorkspaceError
from pedigree.metrics.embedder import Embedder
from pedigree.metrics.local_embedder import copy_model, locate_model, open_local_model
from pedigree.recipe.embedder_name import EmbedderName, parse_name
from pedigree.recipe.schema import Recipe
from pedigree.workspace import Workspace


@dataclass(frozen=True)
class EmbedderChoice:
    """An embedder, or why there is none: ``note`` says so where one was asked for by ``name``."""

    name: str | None = None
    embedder: Embedder | None = None
    note: str | None = None

    def drop_embedder(self, why: str) -> "EmbedderChoice":
        """Return the choice without its embedder."""
        return EmbedderChoice(self.name, None, f"{why}. Figures of embeddings are left out.")

    def describe(self) -> dict[str, Any] | None:
        """Return what metrics say of it: name, sha256 of a local model's files, library, dimensions, texts that were cut, note."""
        if self.name is None:
            return None
        used = self.embedder
        return {
            "name": self.name,
            "sha256": used and used.sha256,
            "library": used and used.library,
            "dimensions": used and used.dimensions,
            "cut_texts": used.cut if used else 0,
            "note": self.note,
        }


NO_EMBEDDER = EmbedderChoice()


def parse_embedder(text: str) -> EmbedderName | None:
    """Return the embedder that a command or a form names, None for an empty text; raise CommandError for what is none."""
    try:
        return parse_name(text) if text else None
    except ValueError as error:
        raise CommandError(f"embedder: {error}") from None


def choose_embedder(workspace: Workspace, dataset: str, name: str | None) -> EmbedderChoice:
    """Return the embedder that a recipe names, as far as it is there and costs nothing."""
    if why := find_embedder_problem(workspace, dataset, name):
        return EmbedderChoice(name).drop_embedder(why)
    if name is None:
        return NO_EMBEDDER
    try:
        return EmbedderChoice(name, open_local_model(workspace, parse_name(name)))
    except WorkspaceError as error:
        return EmbedderChoice(name).drop_embedder(error.found)


def find_embedder_problem(workspace: Workspace, dataset: str, name: str | None) -> str | None:
    """Return why measuring will go without a recipe's embedder, as far as that is known before a model is loaded; None where it won't."""
    if name is None:
        return None
    parsed = parse_name(name)
    if parsed.is_paid:
        return f"{name} costs, and measuring costs nothing: 'pedigree evaluate {dataset} --embedder {name}' asks it"
    try:
        locate_model(workspace, parsed)
    except WorkspaceError as error:
        return f"{error.found} ({error.hint})" if error.hint else error.found
    return None


def copy_recipe_model(workspace: Workspace, recipe: Recipe, root: Path) -> None:
    """Give a copy of a workspace, at ``root``, the recipe's embedder where that is a folder of the workspace."""
    if name := recipe.evaluate.embedder:
        copy_model(workspace, parse_name(name), root)


def drop_embeddings(metrics: Any) -> Any:
    """Return metrics without what depends on an embedder."""
    if not isinstance(metrics, dict):
        return metrics
    return {
        name: drop_embeddings(part)
        for name, part in metrics.items()
        if name not in {"embedder", "embeddings"} and not name.endswith("_embeddings")
    }
