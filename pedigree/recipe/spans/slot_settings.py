"""A slot of a recipe: a kind of value that texts hold, such as a town. Each value in a text is a span."""

import re
import unicodedata
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from pedigree.recipe.strict_model import StrictModel

SLOT_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
UNMARKABLE = re.compile(r"[\[\]\x00-\x1f\x7f\u2028\u2029]")  # what no value that is marked in a text can hold
OPTIONAL = "?"  # ends the name of a slot that a text of the label may lack


class SlotSettings(StrictModel):
    """A kind of value that stands in texts; the values are a list, or a model's own."""

    means: str = Field(default="", description="What a value is, for the model.")
    values: list[Annotated[str, Field(min_length=1)]] | None = Field(
        default=None, description="The values; each row is asked for one of them. *null*: the model chooses."
    )

    @field_validator("values")
    @classmethod
    def _values_can_be_marked(cls, values):
        if values is None:
            return None
        if not values:
            raise ValueError("an empty list: name some values, or leave values out, and a model chooses them")
        values = [unicodedata.normalize("NFC", value) for value in values]
        for value in values:
            if value != value.strip() or not value.strip():
                raise ValueError(f"{value!r} has spaces at an end, or nothing else: remove them")
            if UNMARKABLE.search(value):
                raise ValueError(
                    f"{value!r} holds a bracket [ ], a line break or a control character, which no mark can: remove it"
                )
        folded = [value.casefold() for value in values]
        if twice := sorted(value for value in values if folded.count(value.casefold()) > 1)[:2]:
            raise ValueError(f"{' and '.join(map(repr, twice))} are the same value: remove one")
        return values

    @model_validator(mode="after")
    def _says_what_a_value_is(self):
        if self.values is None and not self.means.strip():
            raise ValueError("neither values nor means: list the values, or say what a value is")
        return self


def check_slot_names(slots: dict[str, SlotSettings]) -> dict[str, SlotSettings]:
    """Return the slots; raise ValueError for a name that is no plain word."""
    for name in slots:
        if not SLOT_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no slot name: a lower-case letter, then at most 39 of a-z, 0-9 and _")
    return slots


def split_optional(names: list[str]) -> dict[str, bool]:
    """Return a label's slots: name -> whether each text of the label must have it; ``date?`` need not be there."""
    return {name.removesuffix(OPTIONAL): not name.endswith(OPTIONAL) for name in names}
