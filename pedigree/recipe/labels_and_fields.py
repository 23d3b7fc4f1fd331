"""The labels of a recipe and the fields of a row."""

import operator
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
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

    type: Literal["text", "category", "integer", "number", "date", "boolean"] = Field(
        default="text", description="What a value is; a date is written as YYYY-MM-DD."
    )
    means: str = Field(default="", description="What the field holds, for the model.")
    min_chars: int = Field(default=1, ge=1, description="Shortest text, in characters.")
    max_chars: int = Field(default=2000, ge=1, description="Longest text, in characters.")
    values: list[str] = Field(default=[], description="The allowed values of a category.")
    min: float | date | None = Field(default=None, description="Smallest number, or earliest date.")
    max: float | date | None = Field(default=None, description="Largest number, or latest date.")
    unit: str = Field(
        default="",
        max_length=40,
        exclude_if=operator.not_,  # so that fields without these keys keep the hashes of their recipes
        description="Unit of a number, such as cm or USD: told to the model and shown in the report.",
    )
    missing: float = Field(
        default=0,
        ge=0,
        lt=1,
        exclude_if=operator.not_,
        description="About this share of the rows has no value (docs/tables.md); 0: every row has one.",
    )

    @property
    def numbers(self) -> tuple[float | None, float | None]:
        """Return the smallest and the largest number; None where there is no limit."""
        low, high = (None if isinstance(limit, date) else limit for limit in (self.min, self.max))
        return low, high

    @property
    def dates(self) -> tuple[date | None, date | None]:
        """Return the earliest and the latest date; None where there is no limit."""
        first, last = (limit if isinstance(limit, date) else None for limit in (self.min, self.max))
        return first, last

    @model_validator(mode="after")
    def _limits_make_sense(self):
        if self.min_chars > self.max_chars:
            raise ValueError(f"min_chars {self.min_chars} is above max_chars {self.max_chars}")
        if self.type == "category" and len(set(self.values)) < 2:
            raise ValueError("a category needs at least two different values")
        given = [limit for limit in (self.min, self.max) if limit is not None]
        if wrong := [limit for limit in given if isinstance(limit, date) != (self.type == "date")]:
            expected = "a date such as 2024-12-31" if self.type == "date" else "a number"
            raise ValueError(f"the limit {wrong[0]} of a field of type {self.type} is not {expected}")
        (low, high), (first, last) = self.numbers, self.dates
        if (low is not None and high is not None and low > high) or (first and last and first > last):
            raise ValueError(f"min {self.min} is above max {self.max}")
        if self.unit and self.type not in {"integer", "number"}:
            raise ValueError(f"unit {self.unit!r}: only a field of type integer or number has a unit")
        return self


def format_limit(limit: float | date | None) -> str:
    """Return a limit in words: a short number, an ISO 8601 date, or nothing."""
    return "" if limit is None else str(limit) if isinstance(limit, date) else f"{limit:g}"


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
