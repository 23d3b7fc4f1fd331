"""The base class of a recipe's parts, and checks that they share."""

from collections.abc import Callable
from pathlib import PurePosixPath

from pydantic import BaseModel, ConfigDict


class StrictModel(BaseModel):
    """A part of the recipe: unknown keys are errors, and values are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class InconsistentRecipe(ValueError):
    """Parts of a recipe that contradict each other; ``place`` is the key to correct first."""

    def __init__(self, found: str, *place: str | int):
        super().__init__(found)
        self.place = place


def check_inside(path: str, folder: str) -> None:
    """Raise ValueError if a path is not below a folder of the workspace."""
    parts = PurePosixPath(path).parts
    if not parts or parts[0] != folder or ".." in parts or len(parts) < 2 or "\\" in path or "\0" in path:
        raise ValueError(f"{path!r} must be a path below {folder}/ of this workspace, such as {folder}/NAME")


def stay_inside(folder: str) -> Callable[[str | None], str | None]:
    """Return the validator of a key that holds null or a path below a folder of the workspace."""

    def check(path: str | None) -> str | None:
        if path is not None:
            check_inside(path, folder)
        return path

    return check
