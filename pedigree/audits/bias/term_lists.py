"""Reads lists of terms that speak of groups of people, and finds them in texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML, YAMLError

from pedigree.curation.words import cut_words
from pedigree.errors import RecipeError
from pedigree.value_mistakes import word_first_mistake

SHIPPED = Path(__file__).parent / "terms"
FORM = "'groups: {dimension: {group: [words]}}' and 'swaps: [[word, word]]'"


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    groups: dict[str, dict[str, list[str]]] = Field(min_length=1)
    swaps: list[tuple[str, str]] = []


@dataclass(frozen=True)
class TermLists:
    """Terms as lists of words: (dimension, group) -> terms; and pairs of terms to exchange. ``path``: their file."""

    path: str
    groups: dict[tuple[str, str], list[tuple[str, ...]]]
    swaps: list[tuple[tuple[str, ...], tuple[str, ...]]]


def find_term_file(root: Path, language: str | None, given: str | None) -> Path:
    """Return the file of terms: the given one, else that of the workspace, else the shipped one.

    ``language`` is None for rows in several. Raises RecipeError if there is none for the language.
    """
    if given is not None:
        return root / given
    if language is None:
        raise RecipeError(
            "the rows are in several languages, and a list of terms is of one",
            expected="a file with the terms of all of them",
            hint="write one, and name it with --terms",
        )
    for path in (root / "terms" / f"{language}.yaml", SHIPPED / f"{language}.yaml"):
        if path.is_file():
            return path
    shipped = ", ".join(sorted(path.stem for path in SHIPPED.glob("*.yaml")))
    raise RecipeError(
        f"there is no list of terms for language {language!r}",
        expected=f"terms/{language}.yaml, or one of {shipped}",
        hint=f"write terms/{language}.yaml, or name a file with --terms",
    )


def load_terms(path: Path) -> TermLists:
    """Read a file of terms; raises RecipeError if it is missing, of another form, or a term or swap makes no sense."""
    try:
        file = _File.model_validate(YAML(typ="safe").load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise RecipeError(f"{path}: {_first_line(error)}", expected=FORM) from error
    except ValidationError as error:
        raise RecipeError(f"{path}: {word_first_mistake(error)}", expected=FORM) from error
    groups = {
        (dimension, group): [_cut_term(path, term) for term in terms]
        for dimension, some in file.groups.items()
        for group, terms in some.items()
    }
    swaps = [(_cut_term(path, one), _cut_term(path, other)) for one, other in file.swaps]
    sides = [side for pair in swaps for side in pair]
    if twice := [side for side in sides if sides.count(side) > 1]:
        raise RecipeError(f"{path}: {' '.join(twice[0])!r} is in two swaps", expected="each word in one swap")
    return TermLists(str(path), groups, swaps)


def cut(texts: Sequence[str]) -> list[list[str]]:
    """Return the lower-case words of each text."""
    return cut_words(pl.Series("text", texts, pl.String)).to_list()


def count_terms(words: Sequence[str], terms: Sequence[tuple[str, ...]]) -> int:
    """Return how often terms stand among the words of a text."""
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for term in terms:
        by_first.setdefault(term[0], []).append(term)
    return sum(
        tuple(words[place : place + len(term)]) == term
        for place, word in enumerate(words)
        for term in by_first.get(word, ())
    )


def _cut_term(path: Path, term: str) -> tuple[str, ...]:
    words = tuple(cut([term])[0])
    if not words:
        raise RecipeError(f"{path}: {term!r} holds no word", expected=FORM)
    return words


def _first_line(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else str(error).splitlines()[0]) or type(error).__name__
