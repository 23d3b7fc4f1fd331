"""Words that YAML reads as something other than a text unless they are in quotes: 0, 1e3, true, null, 2024-01-01."""

from datetime import date
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pedigree.ids import canonical_json


def quote_key(text: str) -> str:
    """Return a text as a key of YAML, in quotes where it needs them."""
    try:
        plain = YAML(typ="safe").load(f"{text}: 1") == {text: 1}
    except (YAMLError, ValueError):
        plain = False
    return text if plain else canonical_json(text)


def describe_value(value: Any) -> str | None:
    """Return what YAML made of a word without quotes; None for a text, a list or a mapping."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()}"
    if isinstance(value, int | float):
        return f"the number {value}"
    return f"the date {value}" if isinstance(value, date) else None


def advise_quotes(line: str) -> str:
    """Return how to write the key of a line of YAML as a text."""
    word, colon, _ = line.strip().removeprefix("- ").partition(":")
    return f"put it in quotes: {canonical_json(word.strip())}" if colon and word else 'put it in quotes: "..."'
