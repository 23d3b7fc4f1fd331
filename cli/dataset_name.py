"""Reads the name of a dataset from the command line, and says what was probably meant where there is none such."""

from contextlib import suppress

from pedigree.errors import CommandError, PedigreeError
from pedigree.versions.versions import list_versions
from pedigree.workspace import Workspace, advise_on_name, parse_dataset


def read_dataset(workspace: Workspace, name_or_path: str) -> str:
    """Return the dataset that an argument names: it has a recipe, files in data/, or a version.

    Raises CommandError for any other, with the names that there are.
    """
    name = parse_dataset(workspace, name_or_path)
    if workspace.recipe_path(name).is_file() or workspace.dataset_folder(name).is_dir():
        return name
    published: set[str] = set()
    with suppress(PedigreeError):  # git does not know this folder
        published = {version.dataset for version in list_versions(workspace.root)}
    if name in published:
        return name
    expected, near = advise_on_name(name, published.union(workspace.list_recipes()))
    raise CommandError(f"there is no dataset {name}", expected=expected, hint=near)
