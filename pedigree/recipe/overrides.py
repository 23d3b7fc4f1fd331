"""Overrides: what a form or a command line changes in a recipe. They are written into it, for what ran is what is in git."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pedigree.recipe.yaml_file import Key, check_keys, read_key, set_keys, state_tracked_keys
from pedigree.system.atomic_write import replacing
from pedigree.workspace import Workspace

log = logging.getLogger("pedigree")


@dataclass(frozen=True)
class Overrides:
    """Values that take the place of a recipe's own; None keeps what the recipe says."""

    rows: int | None = None
    model: str | None = None
    budget_usd: float | None = None
    real: str | None = None
    shares: Mapping[str, float] | None = None

    def list_changes(self, path: Path) -> dict[Key, Any]:
        """Return key -> value for what differs from the recipe in a file; a model takes the place of every generator's.

        Raises RecipeError where the recipe is wrong, but for the lack of real rows that are about to be named.
        """
        recipe = check_keys(path, {} if self.real is None else {"real": self.real})
        wanted = {"real": self.real, "rows": self.rows, "budget.usd": self.budget_usd}
        wanted |= {f"generators.{place}.model": self.model for place in range(len(recipe.generators))}
        wanted |= {("labels", label, "share"): share for label, share in (self.shares or {}).items()}
        has = {"real": read_key(path, "real"), "rows": recipe.rows, "budget.usd": recipe.budget.usd}
        has |= {f"generators.{place}.model": one.model for place, one in enumerate(recipe.generators)}
        has |= {("labels", name, "share"): label.share for name, label in recipe.labels.items()}
        changes = {key: value for key, value in wanted.items() if value is not None and value != has[key]}
        # Versions of another division are no steps to this one; what it grows is found anew (pedigree/versions/growth.py).
        divided_anew = self.shares is not None and recipe.grown_from and changes
        return {**changes, "grown_from": []} if divided_anew else changes

    def check(self, workspace: Workspace, dataset: str) -> None:
        """Raise RecipeError where the recipe, or a value that would take the place of its own, is wrong."""
        path = workspace.recipe_path(dataset)
        check_keys(path, self.list_changes(path))


@contextmanager
def apply_overrides(workspace: Workspace, dataset: str, overrides: Overrides) -> Iterator[None]:
    """Write overrides, and at the end every key that DVC tracks, into a recipe; undo it all where the block fails.

    Raises RecipeError, and leaves the recipe as it is, where a value is wrong.
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
    except BaseException:
        if path.read_bytes() != before:
            with replacing(path) as beside:
                beside.write_bytes(before)
        raise


def _format_key(key: Key) -> str:
    return key if isinstance(key, str) else ".".join(key)
