"""Says in plain words what is wrong with a value that pydantic refused: what was found, and what was expected."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from pedigree.redaction import mask_secrets

MAX_TEXT = 60  # characters of a found text that are shown
MAX_NAMES = 5  # keys of a found mapping that are shown
OTHER = "a value of the form that the documentation shows"
KINDS = {  # beginning of a type of pydantic's errors -> what was expected
    "string_unicode": "a text of valid characters",
    "string_sub_type": "a text",
    "string_type": "a text",
    "int_": "a whole number",
    "float_": "a number",
    "finite_number": "a finite number",
    "bool_": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "dict_type": "a mapping: keys with their values",
    "mapping_type": "a mapping: keys with their values",
    "model_": "a mapping: keys with their values",
    "none_required": "null",
    "datetime_": "a date and a time",
    "date_": "a date",
    "recursion_loop": "a value that does not contain itself",
    "invalid_key": "a text as the key",
    "json_": "valid JSON",
}
FORMS = {  # patterns of texts -> what they are in words
    r"^[a-z]{2,3}$": "two or three lower-case letters, such as en",
    r"^v\d+\.\d+\.\d+$": "a version, such as v1.0.0",
    r"^[a-z][a-z0-9-]*$": "a lower-case letter, then lower-case letters, digits and dashes",
    r"^[a-z0-9-]*$": "lower-case letters, digits and dashes",
    r"^[a-z0-9-]+$": "lower-case letters, digits and dashes",
    r"^[a-z0-9.-]*$": "lower-case letters, digits, dots and dashes",
    r"^[a-z0-9.-]+$": "lower-case letters, digits, dots and dashes",
}


@dataclass(frozen=True)
class Mistake:
    """What was found, and what was expected where the finding alone does not say it."""

    found: str
    expected: str | None = None


def word_mistake(mistake: Mapping[str, Any]) -> Mistake:
    """Return the words of one of the errors that pydantic lists (``ValidationError.errors``); no secret is in them.

    The sentence of a check of our own is told as it is.
    """
    kind, context = mistake["type"], mistake.get("ctx", {})
    if kind == "missing":
        return Mistake("this key is missing")
    if kind == "extra_forbidden":
        return Mistake("unknown key")
    if kind in ("value_error", "assertion_error"):
        return Mistake(mask_secrets(str(context.get("error", "")) or "this value does not fit"))
    if kind == "json_invalid":
        return Mistake(mask_secrets(f"not valid JSON: {context.get('error', '')}"))
    return Mistake(f"found {describe_found(mistake['input'])}", _word_expected(kind, context))


def word_first_mistake(error: Exception) -> str:
    """Return the place and the words of the first of pydantic's errors, in one sentence without a full stop.

    Another error is told in its own words.
    """
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False)[0]
    told = word_mistake(first)
    place = ".".join(map(str, first["loc"]))
    expected = f", expected {told.expected}" if told.expected else ""
    return f"{place + ': ' if place else ''}{told.found}{expected}"


def describe_found(value: Any) -> str:
    """Return a value in words: a number, a text in quotes, or how many entries a list or a mapping has."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        # The whole text is masked before it is cut: a part of a key would not be recognised.
        text = mask_secrets(value)
        return repr(text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…")
    if isinstance(value, Mapping):
        names = [str(key)[:MAX_TEXT] for key in [*value][:MAX_NAMES]]
        more = f" and {len(value) - MAX_NAMES} more" if len(value) > MAX_NAMES else ""
        keys = f"a mapping with {'the key' if len(value) == 1 else 'the keys'} {', '.join(names)}{more}"
        return mask_secrets(keys) if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}" if value else "an empty list"
    return mask_secrets(str(value)[:MAX_TEXT])


def _word_expected(kind: str, context: Mapping[str, Any]) -> str:
    limits = {
        "greater_than_equal": "at least {ge}",
        "greater_than": "more than {gt}",
        "less_than_equal": "at most {le}",
        "less_than": "less than {lt}",
        "multiple_of": "a multiple of {multiple_of}",
        "literal_error": "{expected}",
        "enum": "{expected}",
        "string_too_short": "a text of at least {min_length} characters",
        "string_too_long": "a text of at most {max_length} characters",
        "too_short": "at least {min_length} entries",
        "too_long": "at most {max_length} entries",
    }
    if context.get("min_length") == 1:
        return "a text that is not empty" if kind == "string_too_short" else "at least one entry"
    if kind == "string_pattern_mismatch":
        return FORMS.get(context["pattern"], OTHER)
    if kind in limits:
        whole = {
            name: int(one) if isinstance(one, float) and one.is_integer() else one for name, one in context.items()
        }
        return limits[kind].format(**whole)
    return next((words for beginning, words in KINDS.items() if kind.startswith(beginning)), OTHER)


def _write(limit: Any) -> Any:
    """Return a limit as a recipe has it: 1, not 1.0."""
    return int(limit) if isinstance(limit, float) and limit.is_integer() else limit
