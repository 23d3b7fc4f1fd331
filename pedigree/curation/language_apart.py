"""Comparison of rows in several languages: only rows of one language are near-duplicates of each other."""

from collections import defaultdict
from collections.abc import Collection, Iterable

import polars as pl

from pedigree.curation.duplicates import DuplicateChecker
from pedigree.curation.meaning import Embed
from pedigree.curation.similarity.closest_match import ClosestMatch
from pedigree.curation.similarity.shingles import Texts, fold_rows
from pedigree.dataset.examples import Example
from pedigree.recipe.languages.language_check import LANGUAGE
from pedigree.recipe.schema import Recipe


def make_checker(
    recipe: Recipe,
    seeds: Iterable[Example],
    held_out: Iterable[Example],
    documents: Iterable[Example] = (),
    embed: Embed | None = None,
) -> DuplicateChecker:
    """Return the checker of a recipe of one language or of several; the arguments are those of DuplicateChecker."""
    kind = CheckerOfLanguages if recipe.languages else DuplicateChecker
    return kind(recipe, seeds, held_out, documents, embed)


class CheckerOfLanguages(DuplicateChecker):
    """Compares candidates with kept rows of their own language, with all rows of people, and by equal texts with all.

    A translation is so no duplicate by meaning; rows that a number or a name makes alike are none either. Held-out rows
    count in each language: what was copied from one may be in any.
    """

    def __init__(
        self,
        recipe: Recipe,
        seeds: Iterable[Example],
        held_out: Iterable[Example],
        documents: Iterable[Example] = (),
        embed: Embed | None = None,
    ):
        """The arguments are those of DuplicateChecker, of which there is one a language."""
        people = list(seeds), list(held_out), list(documents)
        self.recipe = recipe
        self._parts = {code: DuplicateChecker(recipe.in_language(code), *people, embed) for code in recipe.languages}
        first = next(iter(self._parts.values()))
        self.common_labels, self.meaning = first.common_labels, first.meaning
        self._equal: dict[Texts, str] = {}

    def add_rows(self, examples: Iterable[Example]) -> None:
        """Add rows that people wrote to the kept rows of their language; one of no known language counts in all."""
        of_language = defaultdict[str, list[Example]](list)
        for example in examples:
            for code in [example.language] if example.language else self._parts:
                of_language[code].append(example)
        for code, part in of_language.items():
            self._parts[code].add_rows(part)
            self._equal |= zip(self._fold(part), (example.id for example in part), strict=True)

    def compare(self, rows: pl.DataFrame, trusted: Collection[str] = ()) -> list[ClosestMatch | None]:
        """Return for each candidate its closest match, or None if it is kept, as DuplicateChecker does.

        ``rows`` also has the column ``language``. A row that only equals one of another language stays in the
        comparison of its own.
        """
        matches: list[ClosestMatch | None] = [None] * rows.height
        numbered = rows.with_row_index("number")
        for code, part in self._parts.items():
            own = numbered.filter(pl.col(LANGUAGE) == code)
            for number, match in zip(own["number"], part.compare(own.drop("number"), trusted), strict=True):
                matches[number] = match
        for number, (id, texts) in enumerate(zip(rows["row_id"], fold_rows(rows, self.recipe), strict=True)):
            if matches[number] is not None:
                continue
            first = self._equal.setdefault(texts, id)
            if first != id:
                matches[number] = ClosestMatch("exact-duplicate", "the texts of an earlier row", first)
        return matches
