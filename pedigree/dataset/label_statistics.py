"""Reads the file of counted statistics of people's rows, which prompts may tell in place of the rows themselves."""

from collections.abc import Collection
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pedigree.errors import RecipeError

MAX_WORDS = 100
REMEDY = "'pedigree statistics NAME' writes the file anew"


class LabelStatistics(BaseModel):
    """What is told of a label's rows: words that many of them hold, and how many words they usually have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: list[str] = Field(max_length=MAX_WORDS)
    about_words: int | None = Field(ge=1)


class PeopleStatistics(BaseModel):
    """Statistics of people's rows by label, and how they were counted; ``epsilon`` is None for exact counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    least: int
    epsilon: float | None
    delta: float | None
    mechanism: str
    labels: dict[str, LabelStatistics]


def load_statistics(path: Path, labels: Collection[str]) -> PeopleStatistics:
    """Read the file; raises RecipeError if it cannot be read, is of another form or lacks a label."""
    try:
        found = PeopleStatistics.model_validate_json(path.read_bytes())
    except OSError as error:
        raise RecipeError(f"{path}: {error.strerror}", hint=REMEDY) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise RecipeError(f"{path}: {place}: {first['msg']}", expected="statistics of rows", hint=REMEDY) from error
    if missing := [label for label in labels if label not in found.labels]:
        raise RecipeError(f"{path} tells nothing of label {missing[0]!r}", expected="every label", hint=REMEDY)
    for label, one in found.labels.items():
        if odd := [word for word in one.words if not word.isalpha()]:
            raise RecipeError(f"{path}: {odd[0]!r} of label {label!r} is no word", expected="letters", hint=REMEDY)
    return found
