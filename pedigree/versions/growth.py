"""Growth: a recipe that asks for more rows than its last version continues from the rows of that version."""

import logging
from io import BytesIO

import polars as pl
from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pedigree.errors import WorkspaceError
from pedigree.recipe.grown_from import Base
from pedigree.recipe.schema import COVERAGE, Recipe
from pedigree.recipe.yaml_file import load_recipe, set_keys
from pedigree.system.dvc import read_at
from pedigree.system.git import find_branch
from pedigree.versions.versions import Version, find_version, latest
from pedigree.workspace import Workspace

# Keys that must be equal, so that plan and curation repeat those of the version. A review may differ: it changes only
# the rows that people decided on and their replacements.
SAME = (
    *("task", "language", "languages", "seed", "labels", "labels_per_row", "fields", "seeds", "held_out", "real"),
    *("screens", "split", "selection", "grown_from", "scenarios"),
)
# Keys that may differ where a real set is filled up further: the shares of labels, and the earlier steps.
FILL_KEYS = {"labels", "grown_from"}
# Keys of a generator that affect neither a prompt nor the id of a completion.
CALL_KEYS = {"structured", "api_base", "batch", "concurrency", "limits", "timeout", "retries", "patience", "prices"}

log = logging.getLogger("pedigree")


def note_growth(workspace: Workspace, dataset: str) -> Base | None:
    """Write the latest version into ``grown_from`` of a recipe that differs from it only in more rows.

    The rows of that version then come first and keep their ids and splits. Returns None, and writes nothing, for
    another recipe: its plan starts anew, and completions in the ledger are not paid again.
    """
    path = workspace.recipe_path(dataset)
    recipe = load_recipe(path)
    if not (bases := find_growth(workspace, recipe)):
        return None
    set_keys(path, {"grown_from": [one.model_dump() for one in bases]})
    log.info("grows %s@%s from %s to %s rows", dataset, bases[-1].version, f"{bases[-1].rows:,}", f"{recipe.rows:,}")
    return bases[-1]


def find_growth(workspace: Workspace, recipe: Recipe) -> list[Base]:
    """Return the new ``grown_from``: the versions that a run of this recipe would grow, the last one last.

    Empty where it would grow none, and where the recipe has them already.
    """
    version = latest(workspace.root, recipe.dataset) if find_branch(workspace.root) else None
    before = _read_recipe(workspace, version) if version else None
    if version is None or before is None:
        return []
    if recipe.rows <= before.rows or version.name in [base.version for base in recipe.grown_from]:
        return []
    rounds = _count_rounds(workspace, version) if before.selection == COVERAGE else None
    if not (changed := _list_changes(before, recipe)):
        return [*recipe.grown_from, Base(version=version.name, rows=before.rows, rounds=rounds)]
    if FILL_KEYS.issuperset(changed) and _fills_further(before, recipe):
        names = [*(base.version for base in before.grown_from), version.name]
        return [
            Base(version=name, rows=sum(step.values()), targets=step, rounds=made)
            for name, step, made in zip(
                names, before.steps, [*(base.rounds for base in before.grown_from), rounds], strict=True
            )
        ]
    return []


def count_last_rows(workspace: Workspace, dataset: str) -> int:
    """Return ``rows`` of the latest version's recipe; without a version, of the present recipe."""
    version = latest(workspace.root, dataset) if find_branch(workspace.root) else None
    before = _read_recipe(workspace, version) if version else None
    return (before or load_recipe(workspace.recipe_path(dataset))).rows


def count_grown_rows(workspace: Workspace, dataset: str, more: int) -> int:
    """Return ``rows`` of the latest version plus ``more``; the result is the same when called again after a crash.

    Raises WorkspaceError without a version, and where the recipe differs from it in more than rows.
    """
    path = workspace.recipe_path(dataset)
    version = find_version(workspace.root, dataset, "latest")
    recipe, before = load_recipe(path), _read_recipe(workspace, version)
    hint = f"'pedigree run {dataset}' makes a version of the recipe as it is, which can grow then"
    if before is None:
        raise WorkspaceError(f"the recipe of {version.tag} can't be read by this Pedigree", hint=hint)
    # An interrupted run may have written the version into the recipe already.
    wanted = recipe.model_copy(update={"rows": before.rows + more, "grown_from": before.grown_from})
    if changed := _list_changes(before, wanted):
        raise WorkspaceError(
            f"{workspace.relative_path(path)} is not as {version.tag} has it: {', '.join(changed)}",
            expected="a recipe that differs in rows alone",
            hint=hint,
        )
    return wanted.rows


def _read_recipe(workspace: Workspace, version: Version) -> Recipe | None:
    """Return the recipe of a version, or None where this Pedigree can't read it."""
    text = read_at(workspace.root, version.commit, f"recipes/{version.dataset}.yaml")
    try:
        return Recipe.model_validate(YAML(typ="safe").load(text))
    except (ValidationError, YAMLError):
        return None


def _count_rounds(workspace: Workspace, version: Version) -> int:
    """Return how many rounds made a version, as its table of prompts says; raises as ``read_at`` does."""
    path = workspace.relative_path(workspace.table(version.dataset, "prompts"))
    prompts = pl.read_parquet(BytesIO(read_at(workspace.root, version.commit, str(path))), columns=["round"])
    return max(prompts["round"].to_list(), default=0)


def _fills_further(before: Recipe, recipe: Recipe) -> bool:
    """Return whether a real set is filled up further: labels equal except for shares, and none with fewer rows."""
    older, newer = (
        {name: (one.means, one.unlike) for name, one in version.labels.items()} for version in (before, recipe)
    )
    wanted = recipe.targets
    return bool(recipe.real) and older == newer and all(rows <= wanted[name] for name, rows in before.targets.items())


def _list_changes(before: Recipe, recipe: Recipe) -> list[str]:
    """Return the keys that differ from the version before and prevent growing it."""
    generators = [[one.model_dump(exclude=CALL_KEYS) for one in version.generators] for version in (before, recipe)]
    judges = [[one.model_dump(exclude=CALL_KEYS) for one in version.judges] for version in (before, recipe)]
    listed = {"labels": "single_labels"}  # a recipe of more rows may plan further sets of the same labels
    changed = [key for key in SAME if getattr(before, name := listed.get(key, key)) != getattr(recipe, name)]
    changed += ["generators"] if generators[0] != generators[1] else []
    return changed + (["judges"] if judges[0] != judges[1] else [])
