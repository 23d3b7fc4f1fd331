"""Reads the recipe that a command names before anything slow is imported: a mistake is told at once."""

from pedigree.recipe.yaml_file import load_recipe
from pedigree.workspace import Workspace, find_workspace, parse_dataset


def find_recipe(name_or_path: str) -> tuple[Workspace, str]:
    """Return the workspace and the dataset that a command names; raise RecipeError if its recipe can't be used."""
    workspace = find_workspace()
    dataset = parse_dataset(workspace, name_or_path)
    load_recipe(workspace.recipe_path(dataset))
    return workspace, dataset
