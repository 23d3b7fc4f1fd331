"""Refuses rows of a table where words are counted: their values are no words."""

from pedigree.errors import CommandError
from pedigree.recipe.schema import Recipe


def require_texts(recipe: Recipe, what: str) -> None:
    """Raise CommandError, which says that ``what`` reads words, where no field of the recipe is a text."""
    if recipe.tabular:
        raise CommandError(
            f"{what} reads words, and no field of {recipe.dataset} is a text",
            expected="a recipe with a text field",
            hint="docs/tables.md says what works with rows of a table",
        )
