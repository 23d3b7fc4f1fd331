"""Screen of rows without texts: copies of people's rows, by their typed values in the precision that is printed."""

from collections.abc import Collection, Iterable, Sequence

import polars as pl

from pedigree.curation.similarity.closest_match import ClosestMatch
from pedigree.curation.tables.precision import PrintedRows
from pedigree.dataset.examples import Example
from pedigree.recipe.schema import Recipe

EQUAL = "all values, in the precision that is printed"


class TypedCopies:
    """Finds candidates that are copies of real rows, of seed rows, or of held-out rows; exact ones are found before."""

    def __init__(self, recipe: Recipe, seeds: Sequence[Example], held_out: Sequence[Example]):
        self._screens = recipe.screens
        self._real, self._seeds, self._held_out = (PrintedRows(recipe.fields) for _ in range(3))
        _add(self._seeds, seeds)
        _add(self._held_out, held_out)

    def add_rows(self, examples: Iterable[Example]) -> None:
        """Add rows that people wrote to the kept rows."""
        _add(self._real, list(examples))

    def find(
        self, rows: pl.DataFrame, shots: Sequence[Collection[str]], trusted: Collection[str]
    ) -> list[ClosestMatch | None]:
        """Return what each candidate is a copy of; of one that people accepted only overlap with held-out rows counts.

        ``shots`` are the ids of the rows that each prompt showed. The switches are those of the screens of texts:
        ``shot_copy`` and ``seed_copy`` (null is off; their shares do not count) and ``held_out_overlap``.
        """
        found = [index.find(rows) for index in (self._real, self._seeds, self._held_out)]
        return [
            self._choose(*ids, shown, id in trusted)
            for *ids, shown, id in zip(*found, shots, rows["row_id"], strict=True)
        ]

    def _choose(
        self, real: str | None, seed: str | None, held_out: str | None, shown: Collection[str], trusted: bool
    ) -> ClosestMatch | None:
        if not trusted and seed and seed in shown and self._screens.shot_copy is not None:
            return ClosestMatch("shot-copy", f"{EQUAL}, are those of a shown row", seed)
        if not trusted and seed and self._screens.seed_copy is not None:
            return ClosestMatch("seed-copy", f"{EQUAL}, are those of a seed row", seed)
        if not trusted and real and self._screens.seed_copy is not None:
            return ClosestMatch("seed-copy", f"{EQUAL}, are those of a real row", real)
        if held_out and self._screens.held_out_overlap:
            return ClosestMatch("held-out-overlap", f"{EQUAL}, are those of a held-out row", held_out)
        return None


def _add(index: PrintedRows, examples: Sequence[Example]) -> None:
    index.add([one.id for one in examples], [one.fields for one in examples])
