"""The recipe's key ``labels_per_row``: how many labels a row has, and how often labels stand together."""

from typing import Annotated

from pydantic import Field, model_validator

from pedigree.recipe.strict_model import StrictModel

Share = Annotated[float, Field(ge=0, le=1)]


class LabelsPerRow(StrictModel):
    """Rows with several labels; the shares of the labels are then shares of the rows that have them."""

    min: int = Field(default=1, ge=0, description="Fewest labels of a row.")
    max: int = Field(ge=1, description="Most labels of a row.")
    sizes: dict[int, Share] = Field(
        default={}, description="Share of the rows with so many labels, by number; a number that is left out is free."
    )
    co_occurrence: dict[str, Share] = Field(
        default={},
        description="Share of the rows that have all labels of a combination, such as 'food + service'; other rows may "
        "have some of them. A combination that is left out is free; 0 never stands together.",
    )

    @model_validator(mode="after")
    def _limits_make_sense(self):
        if self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")
        for size in self.sizes:
            if not self.min <= size <= self.max:
                raise ValueError(f"sizes names {size}, which is not from min {self.min} to max {self.max}")
        total = sum(self.sizes.values())
        if total > 1 + 1e-6 or (len(self.sizes) == self.max - self.min + 1 and abs(total - 1) > 1e-6):
            raise ValueError(f"the shares of sizes sum to {total:.6g}, not to 1")
        return self
