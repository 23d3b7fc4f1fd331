"""Chooses the embedder that a recipe or a command names, or states why it is not available on this machine."""

from dataclasses import dataclass
from typing import Any

from pedigree.errors import CommandError, WorkspaceError
from pedigree.metrics.embedder import Embedder
from pedigree.metrics.local_embedder import locate_model, open_local_model
from pedigree.recipe.embedder_name import EmbedderName, parse_encoder, parse_name
from pedigree.workspace import Workspace


@dataclass(frozen=True)
class EmbedderChoice:
    """An embedder, or its ``name`` with a ``note`` that says why it is missing; all None if none was requested."""

    name: str | None = None
    embedder: Embedder | None = None
    note: str | None = None

    def drop_embedder(self, reason: str) -> "EmbedderChoice":
        """Return the choice without its embedder, with the reason as note."""
        return EmbedderChoice(self.name, None, f"{reason}. Embedding metrics are omitted.")

    def describe(self) -> dict[str, Any] | None:
        """Return the entry ``embedder`` of metrics.json; None if no embedder was requested."""
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
    """Return the embedder named in a command or form, None for an empty text; raise CommandError if it is invalid."""
    try:
        return parse_name(text) if text else None
    except ValueError as error:
        raise CommandError(f"embedder: {error}") from None


def parse_fine_tuned(text: str) -> EmbedderName | None:
    """Return the encoder to fine-tune that a command or form names, None for an empty text; raise CommandError."""
    try:
        return parse_encoder(text) if text else None
    except ValueError as error:
        raise CommandError(f"fine-tune: {error}") from None


def choose_embedder(workspace: Workspace, dataset: str, name: str | None) -> EmbedderChoice:
    """Return the recipe's embedder if it is local and available, else a choice with a note."""
    if name is None:
        return NO_EMBEDDER
    if problem := find_embedder_problem(workspace, dataset, name):
        return EmbedderChoice(name).drop_embedder(problem)
    try:
        return EmbedderChoice(name, open_local_model(workspace, parse_name(name)))
    except WorkspaceError as error:
        return EmbedderChoice(name).drop_embedder(error.found)


def find_embedder_problem(workspace: Workspace, dataset: str, name: str | None) -> str | None:
    """Return why 'measure' cannot use a recipe's embedder, as far as known without loading it; None if it can."""
    if name is None:
        return None
    parsed = parse_name(name)
    if parsed.is_paid:
        command = f"'pedigree evaluate {dataset} --embedder {name}'"
        return f"{name} is a paid model, which only {command} calls"
    try:
        locate_model(workspace, parsed)
    except WorkspaceError as error:
        return f"{error.found} ({error.hint})" if error.hint else error.found
    return None


def drop_embeddings(metrics: Any) -> Any:
    """Return metrics without the entries that depend on an embedder, or may do so."""
    if not isinstance(metrics, dict):
        return metrics
    return {
        name: drop_embeddings(part)
        for name, part in metrics.items()
        if name not in {"embedder", "embeddings", "weights"} and not name.endswith("_embeddings")
    }
