"""Growth: a recipe that wants more rows than its last version goes on from that version's rows."""

import logging

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pedigree.errors import WorkspaceError
from pedigree.recipe.schema import Base, Recipe
from pedigree.recipe.yaml_file import load_recipe, set_keys
from pedigree.system.dvc import read_at
from pedigree.system.git import find_branch
from pedigree.versions.versions import Version, find_version, latest
from pedigree.workspace import Workspace

# With these equal, the plan says the same and curation keeps the same, as far as the version went. A review is not
# among them: it touches no row but those that people decided on, and what comes in their place.
SAME = ("task", "language", "seed", "labels", "fields", "seeds", "held_out", "real", "screens", "split", "grown_from")
# Of these, what a real set that is filled up further may have changed: the labels' shares, and steps in the shares before.
DIVISION = {"labels", "grown_from"}
# Of a generator, what neither reaches a prompt nor the id of a completion.
FREE = {"structured", "api_base", "concurrency", "limits", "timeout", "retries", "patience", "prices"}

log = logging.getLogger("pedigree")


def note_growth(workspace: Workspace, dataset: str) -> Base | None:
    """Write into ``grown_from`` the version that a recipe grows: the latest, where the recipe differs in more rows only.

    The rows of that version then enter first and keep their ids and splits. None, and nothing written, otherwise: the
    plan is read from its start, which pays for nothing that the ledger holds.
    """
    path = workspace.recipe_path(dataset)
    recipe = load_recipe(path)
    if not (bases := find_growth(workspace, recipe)):
        return None
    set_keys(path, {"grown_from": [one.model_dump() for one in bases]})
    log.info("grows %s@%s from %s to %s rows", dataset, bases[-1].version, f"{bases[-1].rows:,}", f"{recipe.rows:,}")
    return bases[-1]


def find_growth(workspace: Workspace, recipe: Recipe) -> list[Base]:
    """Return what ``grown_from`` is to be: the versions that a run of this recipe would grow, the last one last.

    None, where it would grow none or the recipe says so already.
    """
    version = latest(workspace.root, recipe.dataset) if find_branch(workspace.root) else None
    before = version and _read_recipe(workspace, version)
    if not before or recipe.rows <= before.rows or version.name in [base.version for base in recipe.grown_from]:
        return []
    if not (changed := _list_changes(before, recipe)):
        return [*recipe.grown_from, Base(version=version.name, rows=before.rows)]
    if DIVISION.issuperset(changed) and _fills_further(before, recipe):
        names = [*(base.version for base in before.grown_from), version.name]
        return [
            Base(version=name, rows=sum(step.values()), targets=step)
            for name, step in zip(names, before.steps, strict=True)
        ]
    return []


def count_last_rows(workspace: Workspace, dataset: str) -> int:
    """Return the rows that the latest version's recipe wanted; without a version, those of the recipe as it is."""
    version = latest(workspace.root, dataset) if find_branch(workspace.root) else None
    before = version and _read_recipe(workspace, version)
    return (before or load_recipe(workspace.recipe_path(dataset))).rows


def count_grown_rows(workspace: Workspace, dataset: str, more: int) -> int:
    """Return the rows of the latest version and so many more; called again after a crash, it says the same.

    Raises WorkspaceError where there is no version, or a run would not grow it: the recipe differs in more than rows.
    """
    path = workspace.recipe_path(dataset)
    version = find_version(workspace.root, dataset, "latest")
    recipe, before = load_recipe(path), _read_recipe(workspace, version)
    hint = f"'pedigree run {dataset}' makes a version of the recipe as it is, which can grow then"
    if before is None:
        raise WorkspaceError(f"the recipe of {version.tag} is of a form that is not known here", hint=hint)
    # A run that was stopped may have written the version into the recipe already.
    wanted = recipe.model_copy(update={"rows": before.rows + more, "grown_from": before.grown_from})
    if changed := _list_changes(before, wanted):
        raise WorkspaceError(
            f"{workspace.relative_path(path)} is not as {version.tag} has it: {', '.join(changed)}",
            expected="a recipe that differs in rows alone",
            hint=hint,
        )
    return wanted.rows


def _read_recipe(workspace: Workspace, version: Version) -> Recipe | None:
    """Return the recipe of a version, or None where it is of a form that this Pedigree does not know."""
    text = read_at(workspace.root, version.commit, f"recipes/{version.dataset}.yaml")
    try:
        return Recipe.model_validate(YAML(typ="safe").load(text))
    except (ValidationError, YAMLError):
        return None


def _fills_further(before: Recipe, recipe: Recipe) -> bool:
    """Return whether a real set is filled up further: the labels are the same but for shares, and none wants fewer rows."""
    older, newer = ({name: (one.means, one.unlike) for name, one in of.labels.items()} for of in (before, recipe))
    wanted = recipe.targets
    return bool(recipe.real) and older == newer and all(rows <= wanted[name] for name, rows in before.targets.items())


def _list_changes(before: Recipe, recipe: Recipe) -> list[str]:
    """Return the keys in which a recipe differs so that its rows would not follow on those of the version before."""
    generators = [[one.model_dump(exclude=FREE) for one in of.generators] for of in (before, recipe)]
    changed = [key for key in SAME if getattr(before, key) != getattr(recipe, key)]
    return changed if generators[0] == generators[1] else [*changed, "generators"]
