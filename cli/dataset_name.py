"""Reads the name of a dataset from the command line, and says what was probably meant where there is none such."""

from contextlib import suppress

from pedigree.errors import CommandError, PedigreeError
from pedigree.versions.versions import list_versions
from pedigree.workspace import Workspace, advise_on_name, parse_dataset


def read_version(workspace: Workspace, named: str, rev: str | None, default: str | None) -> tuple[str, str | None]:
    """Return the dataset and the revision that an argument such as ``pets@v1.2.0`` or ``pets``, and an option, name.

    ``rev`` is the option's value, ``default`` what it is where nobody gave it. Raises CommandError if both name a
    version, and not the same one.
    """
    name, at, version = named.partition("@")
    name = read_dataset(workspace, name)
    if not at:
        return name, rev
    if rev not in (None, default) and rev.removeprefix(f"{name}@").removeprefix("v") != version.removeprefix("v"):
        raise CommandError(
            f"{named} and {rev} name two versions", expected="one version", hint=f"write {name}@{rev}, or {named} alone"
        )
    if not version:
        raise CommandError(f"{named!r} names no version", expected=f"such as {name}@v1.0.0 or {name}@latest")
    return name, version


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
