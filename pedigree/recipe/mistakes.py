"""Describes what is wrong with a recipe file: the line of each mistake, what was expected, and what to do."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from pedigree.errors import RecipeError, join_errors
from pedigree.recipe.plain_words import advise_quotes, describe_value
from pedigree.recipe.schema import Recipe
from pedigree.redaction import mask_secrets


def describe_mistakes(
    error: ValidationError, tree: CommentedMap, path: Path, model: type[BaseModel] = Recipe
) -> RecipeError:
    """Return the error that tells all mistakes in the tree of a recipe file, the first with its remedy.

    ``model`` is what the file was read as.
    """
    # A misspelt key can be two mistakes, an unknown and a missing key: the first is more helpful.
    mistakes = sorted(error.errors(include_url=False), key=lambda mistake: mistake["type"] != "extra_forbidden")
    return join_errors([_describe(one, tree, path, model) for one in mistakes])


def _describe(mistake: Any, tree: CommentedMap, path: Path, model: type[BaseModel]) -> RecipeError:
    found_at = getattr(mistake.get("ctx", {}).get("error"), "place", ())
    loc = (*(part for part in mistake["loc"] if part != "[key]"), *found_at)
    place = ".".join(str(part) for part in loc) or "the recipe"
    kind, message = mistake["type"], mistake["msg"].removeprefix("Value error, ")
    expected = hint = None
    if kind == "extra_forbidden":
        known = sorted(_known_keys(loc[:-1], model))
        message, expected = "unknown key", f"one of {', '.join(known)}" if known else None
        near = get_close_matches(str(loc[-1]), known, n=1)
        hint = f"write {near[0]!r}, or remove it" if near else "remove it"
    elif kind == "missing":
        message, hint = "this key is missing", f"add '{loc[-1]}: ...'"
    elif kind == "string_type" and (read := describe_value(mistake["input"])):
        message, expected = f"YAML reads it as {read}", "a text"
        is_key = mistake["loc"][-1] == "[key]"
        hint = advise_quotes(_read_line(path, find_tree_line(tree, loc)) if is_key else "")
    elif not mistake["msg"].startswith("Value error"):
        message = mask_secrets(f"{message}; found {mistake['input']!r}")[:300]
    return RecipeError(f"{path}, line {find_tree_line(tree, loc)}: {place}: {message}", expected=expected, hint=hint)


def _read_line(path: Path, number: int) -> str:
    return path.read_text(encoding="utf-8-sig").split("\n")[number - 1]


def _known_keys(loc: tuple, kind: type[BaseModel]) -> set[str]:
    schema = model = kind.model_json_schema()
    for part in loc:
        model = _resolve(model, schema)
        if isinstance(part, int):
            model = model.get("items", {})
        else:
            model = model.get("properties", {}).get(part) or model.get("additionalProperties") or {}
    return set(_resolve(model, schema).get("properties", {}))


def _resolve(model: Any, schema: dict) -> dict:
    if not isinstance(model, dict):
        return {}
    for option in [*model.get("allOf", []), *model.get("anyOf", [])]:
        if "$ref" in option:
            model = option
    return schema["$defs"][model["$ref"].split("/")[-1]] if "$ref" in model else model


def find_tree_line(tree: Any, loc: tuple) -> int:
    """Return the line (from 1) of the deepest part of ``loc`` that is in the file."""
    node, line = tree, 1
    for part in loc:
        try:
            if isinstance(node, CommentedMap):  # pydantic names keys that are no texts as texts
                part = next((key for key in node if part in (key, str(key), repr(key))), part)
            if isinstance(node, CommentedMap) and part in node:
                line = node.lc.key(part)[0] + 1
            elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
                line = node.lc.item(part)[0] + 1
            else:
                break
            node = node[part]
        except (KeyError, TypeError, AttributeError):
            break
    return line
