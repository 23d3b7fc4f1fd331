"""Reads the file of counted statistics of people's rows, which prompts may tell in place of the rows themselves."""

from collections.abc import Collection
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from pedigree.dataset.json_model import read_json_model
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
    found = read_json_model(path, PeopleStatistics, "statistics of rows", REMEDY)
    if missing := [label for label in labels if label not in found.labels]:
        raise RecipeError(f"{path} tells nothing of label {missing[0]!r}", expected="every label", hint=REMEDY)
    for label, one in found.labels.items():
        if odd := [word for word in one.words if not word.isalpha()]:
            raise RecipeError(f"{path}: {odd[0]!r} of label {label!r} is no word", expected="letters", hint=REMEDY)
    return found
