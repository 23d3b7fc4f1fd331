"""The record of a search for instructions: a JSON file below data/seeds/ that the generator's key ``optimised`` names.

A version names it with its hash, as any file that its recipe names; a recipe whose instructions are not those that its
record chose is refused, so 'pedigree verify' finds a change of either.
"""

import glob
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pedigree.errors import RecipeError
from pedigree.recipe.content.instructions import tidy_instructions
from pedigree.recipe.generator import Generator
from pedigree.workspace import Workspace

REMOVE = (
    "remove the generator's key 'optimised' if you wrote the instructions yourself, or run 'pedigree optimise' again"
)


def name_record(dataset: str, generator: str) -> str:
    """Return the path of a search's record, from the workspace's root."""
    return f"data/seeds/{dataset}/optimised-{generator}.json"


def read_record(path: Path, name: str) -> dict[str, Any]:
    """Return a record; raise RecipeError where it can't be read or is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        chosen = find_chosen(found)
        if not isinstance(chosen["instructions"], str):
            raise TypeError
    except OSError as error:
        raise RecipeError(f"{name}: {error.strerror}", hint=f"restore it, or {REMOVE}") from None
    except (ValueError, TypeError, KeyError, StopIteration, RecursionError):
        expected = "a file that 'pedigree optimise' wrote"
        raise RecipeError(f"{name} is no record of a search", expected=expected, hint=REMOVE) from None
    return found


def list_records(workspace: Workspace, dataset: str, generator: str) -> list[dict[str, Any]]:
    """Return the records of a generator's searches that can be read, sorted by their names."""
    found = []
    for path in sorted(workspace.seeds_folder(dataset).glob(f"optimised-{glob.escape(generator)}-*.json")):
        with suppress(RecipeError):
            found.append(read_record(path, path.name))
    return found


def find_chosen(record: dict[str, Any]) -> dict[str, Any]:
    """Return the round whose instructions were chosen; raises KeyError or StopIteration where there is none."""
    return next(one for one in record["rounds"] if one["round"] == record["chosen"])


def check_records(workspace: Workspace, generators: Sequence[Generator]) -> None:
    """Raise RecipeError if the instructions of a generator are not those that its record says were chosen."""
    for one in generators:
        if one.optimised is None or one.instructions is None:
            continue
        record = read_record(workspace.resolve_inside(one.optimised), one.optimised)
        if tidy_instructions(str(find_chosen(record)["instructions"])) != tidy_instructions(one.instructions):
            raise RecipeError(
                f"generator {one.title!r}: its instructions are not those that {one.optimised} says were chosen",
                expected="both as 'pedigree optimise' wrote them",
                hint=REMOVE,
            )
