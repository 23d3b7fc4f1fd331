"""The versions that a dataset grew from, as its recipe names them."""

import operator

from pydantic import Field

from pedigree.recipe.strict_model import StrictModel


def _is_none(value: object) -> bool:
    return value is None


class Base(StrictModel):
    """A version that the dataset grew from: its rows come first and keep their ids and splits."""

    version: str = Field(pattern=r"^v\d+\.\d+\.\d+$", description="Its number.")
    rows: int = Field(ge=1, description="Rows that the recipe wanted then.")
    rounds: int | None = Field(
        default=None,
        ge=0,
        exclude_if=_is_none,
        description="Rounds that made its rows; written where rows are chosen by coverage.",
    )
    targets: dict[str, int] = Field(
        default={},
        exclude_if=operator.not_,
        description="Rows that it wanted of each label, where a real set has been filled up in other shares since.",
    )
