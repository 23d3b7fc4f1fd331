"""Refuses what works with exactly one label a row."""

from pedigree.errors import CommandError
from pedigree.recipe.schema import Recipe


def require_one_label(recipe: Recipe, what: str) -> None:
    """Raise CommandError, which says that ``what`` needs one label a row, where the recipe's rows may have several."""
    if recipe.labels_per_row is not None:
        raise CommandError(
            f"{what} works with one label a row, and rows of {recipe.dataset} may have several",
            expected="a recipe without labels_per_row",
            hint="docs/multi-label.md says what works with several labels a row",
        )
