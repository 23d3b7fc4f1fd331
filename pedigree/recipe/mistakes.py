"""Describes what is wrong with a recipe file: the line of each mistake, what was expected, and what to do."""

from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from pedigree.errors import RecipeError, join_errors
from pedigree.recipe.key_examples import list_examples
from pedigree.recipe.plain_words import advise_quotes, describe_value
from pedigree.recipe.schema import Recipe
from pedigree.value_mistakes import word_mistake

Place = tuple[str | int, ...]

ABSENT = object()  # a key may be null


def describe_mistakes(
    error: ValidationError, tree: CommentedMap, path: Path, model: type[BaseModel] = Recipe
) -> RecipeError:
    """Return the error that tells all mistakes in the tree of a recipe file, each with its remedy, in line order.

    ``model`` is what the file was read as.
    """
    mistakes = [(_find_place(one, tree), one) for one in error.errors(include_url=False)]
    told: dict[Place, list[Any]] = {}
    for place, mistake in mistakes:
        told.setdefault(place, []).append(mistake)
    followed = set(_list_followed(told))
    known = _read_keys(model)
    described = [_describe(place, told[place], tree, path, known) for place in told if place not in followed]
    lines = [find_tree_line(tree, place) for place in told if place not in followed]
    return join_errors([one for _, one in sorted(zip(lines, described, strict=True), key=lambda pair: pair[0])])


def _list_followed(told: dict[Place, list[Any]]) -> Iterator[Place]:
    """Yield places whose mistake follows from another one: a key that is missing as it is misspelt, or an alternative.

    Of a key that may hold a number or a mapping, say, only what is wrong within the mapping is told where there is one.
    """
    for place, mistakes in told.items():
        if mistakes[0]["type"] == "missing":
            unknown = [one[-1] for one in told if one[:-1] == place[:-1] and _is_of(told[one], "extra_forbidden")]
            if get_close_matches(str(place[-1]), map(str, unknown), n=1):
                yield place
        elif any(len(one) > len(place) and one[: len(place)] == place for one in told):
            yield place


def _is_of(mistakes: list[Any], kind: str) -> bool:
    return any(one["type"] == kind for one in mistakes)


def _find_place(mistake: Any, tree: CommentedMap) -> Place:
    """Return the keys and numbers of entries that lead to a mistake, without pydantic's names of alternatives."""
    found_at = getattr(mistake.get("ctx", {}).get("error"), "place", ())
    named = [part for part in mistake["loc"] if part != "[key]"]
    node: Any = tree
    place: list[str | int] = []
    for number, part in enumerate(named):
        last_missing = mistake["type"] == "missing" and number == len(named) - 1
        key = _find_key(node, part)
        if key is ABSENT and not last_missing:
            continue
        place.append(part)
        node = node[key] if node and key is not ABSENT else None
    return (*place, *found_at)


def _describe(place: Place, mistakes: list[Any], tree: CommentedMap, path: Path, keys: "_Keys") -> RecipeError:
    """Return the error of one place; several mistakes are the alternatives that its key has."""
    mistake, told = mistakes[0], [word_mistake(one) for one in mistakes]
    found, hint = told[0].found, None
    expected = " or ".join(dict.fromkeys(one.expected for one in told if one.expected)) or None
    kind, line = mistake["type"], find_tree_line(tree, place)
    if kind == "extra_forbidden":
        known = sorted(keys.list_keys(place[:-1]))
        expected = f"one of {', '.join(known)}" if known else None
        near = get_close_matches(str(place[-1]), known, n=1)
        hint = f"write {near[0]!r}, or remove it" if near else "remove it"
    elif kind == "missing":
        hint = f"add {keys.find_example(place) or f'{place[-1]}: ...'!r}"
    elif kind == "string_type" and (read := describe_value(mistake["input"])):
        found, expected = f"YAML reads it as {read}", "a text"
        is_key = mistake["loc"][-1] == "[key]"
        hint = advise_quotes(_read_line(path, line) if is_key else "")
    elif expected and (example := keys.find_example(place)):
        hint = f"write it as in {example!r} (docs/recipe-keys.md has all keys)"
    name = ".".join(str(part) for part in place) or "the recipe"
    return RecipeError(f"{path}, line {line}: {name}: {found}", expected=expected, hint=hint)


def _read_line(path: Path, number: int) -> str:
    return path.read_text(encoding="utf-8-sig").split("\n")[number - 1]


class _Keys:
    """The keys that a model has, and examples of them."""

    def __init__(self, model: type[BaseModel]):
        self._schema = model.model_json_schema()

    def list_keys(self, place: Place) -> set[str]:
        """Return the keys that there are at a place."""
        return set(self._resolve(self._list_parts(place)[-1]).get("properties", {}))

    def find_example(self, place: Place) -> str | None:
        """Return an example of the innermost key of a place that has one, as a line of YAML."""
        titles = [self._resolve(part).get("title", "") for part in self._list_parts(place)]
        pairs = reversed([*zip(titles, place, strict=False)])
        found = next((one for title, key in pairs if (one := list_examples(title).get(str(key)))), None)
        is_whole = found and (found.startswith(f"{place[-1]}:") or found.endswith(("}", "]")))
        return found if is_whole else None  # 'topics: 20' helps nobody who writes a mapping of topics

    def _list_parts(self, place: Place) -> list[Any]:
        """Return the parts of the schema that lead to a place, the whole first."""
        parts: list[Any] = [self._schema]
        for step in place:
            part = self._resolve(parts[-1])
            if isinstance(step, int):
                parts.append(part.get("items", {}))
            else:
                parts.append(part.get("properties", {}).get(step) or part.get("additionalProperties") or {})
        return parts

    def _resolve(self, model: Any) -> dict:
        if not isinstance(model, dict):
            return {}
        for option in [*model.get("allOf", []), *model.get("anyOf", [])]:
            if "$ref" in option:
                model = option
        return self._schema["$defs"][model["$ref"].split("/")[-1]] if "$ref" in model else model


@lru_cache(maxsize=2)
def _read_keys(model: type[BaseModel]) -> _Keys:
    return _Keys(model)


def _find_key(node: Any, part: str | int) -> Any:
    """Return the key or number by which ``node`` holds a part of a place, ABSENT if it does not hold it."""
    if isinstance(node, dict):  # pydantic names keys that are no texts as texts
        return next((key for key in node if part in (key, str(key), repr(key))), ABSENT)
    return part if isinstance(node, list) and isinstance(part, int) and part < len(node) else ABSENT


def find_tree_line(tree: Any, loc: tuple) -> int:
    """Return the line (from 1) of the deepest part of ``loc`` that is in the file."""
    node, line = tree, 1
    for part in loc:
        key = _find_key(node, part)
        if key is ABSENT:
            break
        if isinstance(node, CommentedMap | CommentedSeq):
            at = node.lc.key(key) if isinstance(node, CommentedMap) else node.lc.item(key)
            line = at[0] + 1 if at else line
        node = node[key]
    return line
