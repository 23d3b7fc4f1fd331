"""Whether a text has an object of the form that a prompt asks for."""

from typing import Any

from pedigree.curation.answer_parser import fold_key, read_answer

CUT = {"length", "content_filter"}


def holds_asked_object(text: str, schema: dict[str, Any], finish_reason: str | None) -> bool:
    """Return whether a complete object can be read that has a key of the objects that ``schema`` lists."""
    names = frozenset(fold_key(name) for name in _list_keys(schema))
    return any(not found.broken for found in read_answer(text, names, finish_reason in CUT).found)


def _list_keys(schema: dict[str, Any]) -> list[str]:
    return [key for listed in schema["properties"].values() for key in listed["items"]["properties"]]
