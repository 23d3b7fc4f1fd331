"""Changes that a form or a command line makes to a recipe; they are written to its file, so that git has what ran."""

import logging
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pedigree.recipe.content.scenarios import list_written
from pedigree.recipe.yaml_file import Key, check_keys, read_key, set_keys, state_tracked_keys
from pedigree.system.atomic_write import replacing
from pedigree.workspace import Workspace

log = logging.getLogger("pedigree")


@dataclass(frozen=True)
class Overrides:
    """Values that replace a recipe's own; None keeps the recipe's."""

    rows: int | None = None
    model: str | None = None
    budget_usd: float | None = None
    real: str | None = None
    shares: Mapping[str, float] | None = None

    def list_changes(self, path: Path) -> dict[Key, Any]:
        """Return key -> value of what differs from a recipe file; ``model`` replaces the model of every generator.

        Raises RecipeError if the recipe is wrong; it may still lack the real rows that an override names.
        """
        recipe = check_keys(path, {} if self.real is None else {"real": self.real})
        wanted: dict[Key, Any] = {"real": self.real, "rows": self.rows, "budget.usd": self.budget_usd}
        wanted |= {f"generators.{place}.model": self.model for place in range(len(list_written(recipe.generators)))}
        wanted |= {("labels", label, "share"): share for label, share in (self.shares or {}).items()}
        current: dict[Key, Any] = {"real": read_key(path, "real"), "rows": recipe.rows, "budget.usd": recipe.budget.usd}
        current |= {f"generators.{place}.model": one.model for place, one in enumerate(list_written(recipe.generators))}
        current |= {("labels", name, "share"): label.share for name, label in recipe.labels.items()}
        changes = {key: value for key, value in wanted.items() if value is not None and value != current[key]}
        # With other shares, earlier versions no longer lead to this one; pedigree/versions/growth.py finds the base.
        new_shares = self.shares is not None and recipe.grown_from and changes
        return {**changes, "grown_from": []} if new_shares else changes

    def check(self, workspace: Workspace, dataset: str) -> None:
        """Raise RecipeError if the recipe, or an override, is wrong."""
        path = workspace.recipe_path(dataset)
        check_keys(path, self.list_changes(path))


@contextmanager
def apply_overrides(workspace: Workspace, dataset: str, overrides: Overrides) -> Generator[None]:
    """Write overrides, and at the end every key that DVC tracks, to a recipe; undo it if the block fails.

    Raises RecipeError, without a change, if a value is wrong.
    """
    path = workspace.recipe_path(dataset)
    changes = overrides.list_changes(path)
    before = path.read_bytes()
    try:
        for key, value in changes.items():
            log.info("%s: %s is now %s", workspace.relative_path(path), _format_key(key), value)
        if changes:
            set_keys(path, changes)
        yield
        if stated := state_tracked_keys(path):
            log.info("%s now states %s (with the defaults)", workspace.relative_path(path), ", ".join(stated))
    except BaseException:  # whatever ends the block, an interrupt too: the recipe must be as the user wrote it
        if path.read_bytes() != before:
            with replacing(path) as temporary:
                temporary.write_bytes(before)
        raise


def _format_key(key: Key) -> str:
    return key if isinstance(key, str) else ".".join(key)
