"""Overrides: what a form or a command line changes in a recipe. They are written into it, for what ran is what is in git."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pedigree.atomic import replacing
from pedigree.recipe import Recipe
from pedigree.recipe_file import check_keys, load_recipe, set_keys, state_tracked_keys
from pedigree.workspace import Workspace

log = logging.getLogger("pedigree")


@dataclass(frozen=True)
class Overrides:
    """Values that take the place of a recipe's own; None keeps what the recipe says."""

    rows: int | None = None
    model: str | None = None
    budget_usd: float | None = None

    def list_changes(self, recipe: Recipe) -> dict[str, Any]:
        """Return dotted key -> value for what differs from the recipe; a model takes the place of every generator's."""
        wanted = {"rows": self.rows, "budget.usd": self.budget_usd}
        wanted |= {f"generators.{place}.model": self.model for place in range(len(recipe.generators))}
        has = {"rows": recipe.rows, "budget.usd": recipe.budget.usd}
        has |= {f"generators.{place}.model": one.model for place, one in enumerate(recipe.generators)}
        return {key: value for key, value in wanted.items() if value is not None and value != has[key]}

    def check(self, workspace: Workspace, dataset: str) -> None:
        """Raise RecipeError where the recipe, or a value that would take the place of its own, is wrong."""
        path = workspace.recipe(dataset)
        check_keys(path, self.list_changes(load_recipe(path)))


@contextmanager
def overriding(workspace: Workspace, dataset: str, overrides: Overrides) -> Iterator[None]:
    """Write overrides, and at the end every key that DVC tracks, into a recipe; undo it all where the block fails.

    Raises RecipeError, and leaves the recipe as it is, where a value is wrong.
    """
    path = workspace.recipe(dataset)
    recipe, before = load_recipe(path), path.read_bytes()
    try:
        for key, value in (changes := overrides.list_changes(recipe)).items():
            log.info("%s: %s is now %s", workspace.read_relative(path), key, value)
        if changes:
            set_keys(path, changes)
        yield
        if stated := state_tracked_keys(path):
            log.info("%s now states %s (with the defaults)", workspace.read_relative(path), ", ".join(stated))
    except BaseException:
        if path.read_bytes() != before:
            with replacing(path) as beside:
                beside.write_bytes(before)
        raise
