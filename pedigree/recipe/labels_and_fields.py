"""The labels of a recipe and the fields of a row."""

import operator
import re
import unicodedata
from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from pedigree.recipe.strict_model import InconsistentRecipe, StrictModel

RESERVED_FIELDS = {"row_id", "label", "weight", "generator", "completion_id", "position", "split"}


class Label(StrictModel):
    """One class of the task."""

    share: float = Field(
        gt=0,
        le=1,
        description="Target share of the rows; the shares of all labels sum to 1, but with labels_per_row.",
    )
    means: str = Field(min_length=1, description="Definition that the model reads.")
    unlike: list[str] = Field(default=[], description="Labels that are easily confused with this one.")
    slots: list[str] = Field(
        default=[],
        exclude_if=operator.not_,  # so that labels without slots keep the hashes of their recipes
        description='Slots of its texts; a text may lack one whose name ends with ?, as in "date?" (docs/slots.md).',
    )


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


def check_field_names(fields: dict[str, TypedField]) -> dict[str, TypedField]:
    """Return the fields; raise ValueError for a name that is no identifier, or that of another column."""
    for name in fields:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in RESERVED_FIELDS:
            raise ValueError(
                f"{name!r} is no field name: lower-case letters, digits, _; not one of {sorted(RESERVED_FIELDS)}"
            )
    return fields


def check_names(labels: dict[str, Label]) -> dict[str, Label]:
    """Return the labels; raise ValueError for a name that can't be told from another, or holds what can't be seen."""
    for name in labels:
        if not name.strip() or name != name.strip() or any(map(_is_invisible, name)):
            raise ValueError(f"{name!r} is no label: no control characters, no spaces at the ends")
    if len({name.casefold() for name in labels}) < len(labels):
        raise ValueError("two labels differ in upper and lower case only")
    return labels


def check_labels(labels: Mapping[str, Label], *, sum_to_one: bool = True) -> None:
    """Raise InconsistentRecipe unless the shares sum to 1 (where they have to) and each label is unlike others."""
    total = sum(label.share for label in labels.values())
    if sum_to_one and abs(total - 1) > 1e-6:
        found = f"the shares of the labels sum to {total:.6g}, not to 1"
        found += "; where a row may have several labels, add 'labels_per_row'" if total > 1 + 1e-6 else ""
        raise InconsistentRecipe(found, "labels")
    for name, label in labels.items():
        for other in label.unlike:
            if other not in labels or other == name:
                found = f"label {name!r} is unlike {other!r}, which is no other label of this recipe"
                raise InconsistentRecipe(found, "labels", name, "unlike")


def _is_invisible(sign: str) -> bool:
    """Return whether a character is a control or a line break; joiners are allowed, words and emoji need them."""
    return unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and sign not in "\u200c\u200d"
