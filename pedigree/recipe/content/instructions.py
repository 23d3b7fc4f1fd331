"""Instructions of a generator: lines that end its prompts, written by a person or found by 'pedigree optimise'."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from pydantic import Field, field_validator, model_validator

from pedigree.recipe.asked_model import AskedModel
from pedigree.recipe.strict_model import stay_inside
from pedigree.redaction import mask_secrets

MAX_CHARS = 2000
WITHOUT = ("replay",)  # strategies whose prompts no model reads
_MARKS = re.compile(r"\{\{|\{%|\{#|%\}|\}\}|#\}")
_UNDOES = re.compile(
    r"\b(?:ignor\w*|disregard\w*|forget|overrid\w*|bypass\w*|regardless of|no matter|irrespective of|instead of)\b"
    r"(?:\W+\w+){0,6}?\W+(?:labels?|class(?:es)?|definitions?|categor(?:y|ies)|instructions?|brief|task|json|fields?)\b",
    re.IGNORECASE,
)


def find_instruction_fault(text: str) -> str | None:
    """Return why a text can't be a generator's instructions, in words that quote no secret; None if it can."""
    if not text.strip():
        return "they are empty"
    if len(text) > MAX_CHARS:
        return f"they have {len(text):,} characters, and at most {MAX_CHARS:,} are allowed"
    if mask_secrets(text) != text:
        return "they hold what looks like a secret"
    if found := _MARKS.search(text):
        return f"they hold {found[0]!r}, a mark of a template"
    if any(unicodedata.category(sign) in {"Cc", "Cs"} and sign not in "\n\t" for sign in text):
        return "they hold control characters"
    if found := _UNDOES.search(text):
        return f"they ask to set aside what the prompt says: {' '.join(found[0].split())[:80]!r}"
    return None


def tidy_instructions(text: str) -> str:
    """Return the lines of a text that are not blank, without spaces at their ends, in NFC."""
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", text).splitlines())
    return "\n".join(filter(None, lines))


class InstructedModel(AskedModel):
    """What a generator's prompts are told besides the brief."""

    instructions: str | None = Field(
        default=None,
        exclude_if=lambda text: text is None,  # so that recipes without it keep their hashes
        description="Lines that end its prompts: how the rows are to be written, for any label. 'pedigree optimise' "
        "finds some (docs/optimise.md).",
    )
    optimised: str | None = Field(
        default=None,
        exclude_if=lambda path: path is None,
        description="Record of the search that found the instructions; 'pedigree optimise' writes it.",
    )

    _record_stays_in_data = field_validator("optimised")(stay_inside("data"))

    @property
    def told(self) -> Mapping[str, Any]:
        """Return the variable of its prompts that holds the instructions, line by line; nothing without any."""
        return {"instructions": tidy_instructions(self.instructions).split("\n")} if self.instructions else {}

    @field_validator("instructions")
    @classmethod
    def _instructions_are_some(cls, value):
        if value is not None and (fault := find_instruction_fault(value)):
            raise ValueError(f"these instructions can't be used: {fault}")
        return value

    @model_validator(mode="after")
    def _instructions_reach_a_model(self):
        if self.instructions is not None and getattr(self, "strategy", "") in WITHOUT:
            raise ValueError("instructions do not go with strategy replay: no model reads its prompts")
        if self.optimised is not None and self.instructions is None:
            raise ValueError("the key optimised names the record of instructions, and there are none: remove it")
        return self
