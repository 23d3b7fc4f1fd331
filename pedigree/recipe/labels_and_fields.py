"""The labels of a recipe and the fields of a row."""

from typing import Literal

from pydantic import Field, model_validator

from pedigree.recipe.strict_model import StrictModel


class Label(StrictModel):
    """One class of the task."""

    share: float = Field(gt=0, le=1, description="Target share of the rows; the shares of all labels sum to 1.")
    means: str = Field(min_length=1, description="Definition that the model reads.")
    unlike: list[str] = Field(default=[], description="Labels that are easily confused with this one.")


class TypedField(StrictModel):
    """One field of a row."""

    type: Literal["text", "category", "integer", "number"] = Field(default="text", description="What a value is.")
    means: str = Field(default="", description="What the field holds, for the model.")
    min_chars: int = Field(default=1, ge=1, description="Shortest text, in characters.")
    max_chars: int = Field(default=2000, ge=1, description="Longest text, in characters.")
    values: list[str] = Field(default=[], description="The allowed values of a category.")
    min: float | None = Field(default=None, description="Smallest number.")
    max: float | None = Field(default=None, description="Largest number.")

    @model_validator(mode="after")
    def _limits_make_sense(self):
        if self.min_chars > self.max_chars:
            raise ValueError(f"min_chars {self.min_chars} is above max_chars {self.max_chars}")
        if self.type == "category" and len(set(self.values)) < 2:
            raise ValueError("a category needs at least two different values")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")
        return self
