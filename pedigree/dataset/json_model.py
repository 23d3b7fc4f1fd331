"""Reads a JSON file that a command wrote and a person may have changed."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from pedigree.errors import RecipeError
from pedigree.value_mistakes import word_first_mistake

M = TypeVar("M", bound=BaseModel)


def read_json_model(path: Path, kind: type[M], expected: str, hint: str) -> M:
    """Return the file's content; raises RecipeError if it can't be read or is of another form."""
    try:
        return kind.model_validate_json(path.read_bytes())
    except OSError as error:
        raise RecipeError(f"{path}: {error.strerror}", hint=hint) from error
    except ValidationError as error:
        raise RecipeError(f"{path}: {word_first_mistake(error)}", expected=expected, hint=hint) from error
