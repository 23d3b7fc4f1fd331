"""A job: one recipe in one workspace, with the rows that people wrote, loaded and checked once."""

from dataclasses import dataclass
from pathlib import Path

from pedigree.errors import RecipeError
from pedigree.examples import Example, load_examples
from pedigree.recipe import Recipe
from pedigree.recipe_file import load_recipe
from pedigree.workspace import Workspace, check_strays


@dataclass(frozen=True)
class Job:
    """What every step is given first."""

    workspace: Workspace
    recipe: Recipe
    seeds: tuple[Example, ...]
    held_out: tuple[Example, ...]

    @property
    def dataset(self) -> str:
        """Return the dataset's name."""
        return self.recipe.dataset

    @property
    def folder(self) -> Path:
        """Return the folder of what comes out."""
        return self.workspace.data(self.dataset)

    def table(self, name: str) -> Path:
        """Return the path of a table of this dataset."""
        return self.workspace.table(self.dataset, name)


def open_job(workspace: Workspace, dataset: str) -> Job:
    """Load a recipe and the rows it names.

    Raises RecipeError where recipe, seeds or held-out rows are wrong, or one row stands in both files.
    """
    recipe = load_recipe(workspace.recipe(dataset))
    check_strays(workspace, recipe)
    seeds = tuple(load_examples(workspace.root / recipe.seeds, recipe)) if recipe.seeds else ()
    held_out = tuple(load_examples(workspace.root / recipe.held_out, recipe)) if recipe.held_out else ()
    shown = {example.id: example.line for example in seeds}
    for example in held_out:
        if example.id in shown:
            raise RecipeError(
                f"{recipe.held_out}, line {example.line}: the same row is line {shown[example.id]} of {recipe.seeds}",
                expected="held-out rows that no model is shown",
                mend="remove it from one of the two files",
            )
    return Job(workspace, recipe, seeds, held_out)
