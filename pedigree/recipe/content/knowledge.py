"""Settings of strategy knowledge: the file of triples, and which of them the rows are written for."""

import operator
import re
from string import Formatter
from typing import Literal

from pydantic import Field, field_validator

from pedigree.recipe.strict_model import StrictModel, stay_inside
from pedigree.recipe.value_lists import check_list, is_line

KNOWLEDGE = "knowledge"
MAX_SIZE = 10_000
PARTS = ["head", "tail"]


class KnowledgeSettings(StrictModel):
    """Where the facts of ``strategy: knowledge`` come from; docs/knowledge.md explains each key."""

    file: str = Field(
        description="File of triples: records with head, relation, tail (and perhaps weight), or lines of ConceptNet."
    )
    sampling: Literal["uniform", "relation-balanced", "dissimilar"] = Field(
        default="relation-balanced",
        description="How triples are drawn: all alike; equally many of each relation; or each as unlike the ones "
        "before it as possible (words in common).",
    )
    size: int = Field(default=100, ge=2, le=MAX_SIZE, description="How many triples are drawn; rows use them evenly.")
    relations: list[str] = Field(
        default=[], exclude_if=operator.not_, description="The relations that are drawn from; all if left out."
    )
    language: str | None = Field(
        default=None,
        pattern=r"^[a-z]{2,3}$",
        exclude_if=lambda value: value is None,
        description="Language of the concepts in a file of ConceptNet; the recipe's if left out.",
    )
    least_weight: float | None = Field(
        default=None,
        gt=0,
        exclude_if=lambda value: value is None,
        description="Triples with a smaller weight are left out.",
    )
    sentences: dict[str, str] = Field(
        default={},
        exclude_if=operator.not_,
        description="Relation -> the sentence that the prompt holds, with {head} and {tail}.",
    )

    _file_stays_in_data = field_validator("file")(stay_inside("data"))

    @field_validator("relations")
    @classmethod
    def _relations_are_some(cls, value):
        check_list(value, "relations")
        return value

    @field_validator("sentences")
    @classmethod
    def _sentences_hold_both_concepts(cls, value):
        for relation, sentence in value.items():
            try:
                parts = [name for _, name, form, sign in Formatter().parse(sentence) if name is not None]
                plain = not re.search(r"\{(?!head\}|tail\})", sentence)
            except ValueError:
                parts, plain = [], False
            if sorted(parts) != PARTS or not plain or not is_line(sentence):
                raise ValueError(
                    f"the sentence of relation {relation!r} is {sentence!r}: "
                    "one line with {head} and {tail}, each once"
                )
        return value
