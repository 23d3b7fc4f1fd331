"""Whether a text has an object of the form that a prompt asks for."""

from typing import Any

from pedigree.curation.answer_parser import CUT, read_answer
from pedigree.curation.answer_rows import fold_key
from pedigree.curation.tables.sentences import read_sentences
from pedigree.generation.prompts import Prompt
from pedigree.recipe.labels_and_fields import TypedField
from pedigree.recipe.tables.generator_keys import SENTENCES


def holds_answer(text: str, prompt: Prompt, finish_reason: str | None) -> bool:
    """Return whether a text has an object that a prompt asks for or, where its rows may be sentences, such a row."""
    if holds_asked_object(text, prompt.schema, finish_reason):
        return True
    if getattr(prompt.slot.generator, "row_form", None) != SENTENCES:
        return False
    fields = dict.fromkeys(prompt.context.variables["order"], TypedField())
    return any(not one.broken for one in read_sentences(text, fields, finish_reason in CUT))


def holds_asked_object(text: str, schema: dict[str, Any], finish_reason: str | None) -> bool:
    """Return whether a complete object can be read that has a key of the objects that ``schema`` lists."""
    listed = [one["items"]["properties"] for one in schema["properties"].values()]
    fields = {key: value["type"] for properties in listed for key, value in properties.items()}
    sole = next(iter(fields)) if list(fields.values()) == ["string"] else None
    names = frozenset(map(fold_key, fields))
    answer = read_answer(text, names, finish_reason in CUT, sole=sole)
    return answer.ambiguous or any(not found.broken for found in answer.found)
