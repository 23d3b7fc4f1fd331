"""The languages of rows that people wrote, for a recipe of several: as their file says, or else as detected."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pedigree.curation.language_id import detect_language
from pedigree.dataset.examples import Example
from pedigree.errors import RecipeError
from pedigree.recipe.schema import Recipe

MAX_NAMED = 5


def name_languages(examples: Sequence[Example], recipe: Recipe) -> list[Example]:
    """Return the rows with a language; "" stays where none is told and none is detected. One language: unchanged."""
    if not recipe.languages:
        return list(examples)
    return [
        example
        if example.language
        else replace(example, language=detect_language(_join_texts(example, recipe), [*recipe.languages]) or "")
        for example in examples
    ]


def require_languages(examples: Sequence[Example], path: str | None, recipe: Recipe) -> None:
    """Raise RecipeError if the language of a real row is not known: such a row counts for no target."""
    unknown = [example.line for example in examples if not example.language]
    if recipe.languages and unknown:
        lines = ", ".join(map(str, unknown[:MAX_NAMED])) + (" ..." if len(unknown) > MAX_NAMED else "")
        raise RecipeError(
            f"{path}: the language of {len(unknown):,} of {len(examples):,} rows is not known (lines {lines})",
            expected=f"a column 'language' with one of {', '.join(recipe.languages)}, or texts that show it",
            hint="add the column, or remove these rows",
        )


def count_languages(examples: Sequence[Example], recipe: Recipe) -> Mapping[str, int]:
    """Return how many rows there are in each of the recipe's languages; "" counts those of no known one."""
    counts = Counter(example.language for example in examples)
    return {code: counts[code] for code in (*recipe.languages, "")}


def _join_texts(example: Example, recipe: Recipe) -> str:
    return "\n".join(str(example.fields[name] or "") for name in recipe.text_fields)
