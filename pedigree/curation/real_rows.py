"""Admission: which of the rows that people wrote enter a dataset as real rows, and why others do not.

What binds a row that somebody accepted binds these (pedigree/dataset/review_decisions.py): personal data where the recipe rejects them, the
recipe's limits of length, overlap with held-out rows, and the texts of an earlier real row. No other screen turns a real
row away.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import polars as pl

from pedigree.curation.duplicates import DuplicateChecker
from pedigree.curation.text_screens import screen_texts
from pedigree.dataset.examples import Example
from pedigree.dataset.rejects import make_rejects
from pedigree.dataset.schemas import candidates_schema
from pedigree.recipe.schema import REAL, Recipe


@dataclass(frozen=True)
class RealRows:
    """Real rows that enter (tables.candidates_schema), rejects (tables.REJECTS), and the examples of the former; all in the file's order."""

    rows: pl.DataFrame
    rejects: pl.DataFrame
    examples: tuple[Example, ...]


def screen_real_rows(real: Sequence[Example], held_out: Sequence[Example], recipe: Recipe) -> RealRows:
    """Return which real rows enter; a row's id is its example's, its position the line in the file."""
    candidates = _tabulate(real, recipe)
    rows, rejects = screen_candidates(
        candidates, recipe, DuplicateChecker(recipe, (), held_out), frozenset(candidates["row_id"])
    )
    of_line = {example.line: example for example in real}
    return RealRows(rows, rejects, tuple(of_line[line] for line in rows["position"]))


def screen_candidates(
    candidates: pl.DataFrame, recipe: Recipe, seen: DuplicateChecker, trusted: Collection[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the candidates that pass every screen (their order unchanged), and the rejects (tables.REJECTS).

    ``seen`` is changed. ``trusted`` are ids of rows that only binding screens turn away.
    """
    rows, failed = screen_texts(candidates, recipe, trusted, seen.common_labels)
    rivals = seen.compare(rows, trusted)
    compared = rows.with_columns(
        pl.Series("reason", [rival and rival.reason for rival in rivals], pl.String),
        pl.Series("detail", [rival and rival.detail for rival in rivals], pl.String),
        pl.Series("rival", [rival and rival.id for rival in rivals], pl.String),
    )
    kept = compared.filter(pl.col("reason").is_null()).select(*candidates_schema(recipe))
    turned_away = compared.filter(pl.col("reason").is_not_null())
    return kept, pl.concat([make_rejects(failed, recipe), make_rejects(turned_away, recipe)])


def _tabulate(real: Sequence[Example], recipe: Recipe) -> pl.DataFrame:
    """Return real rows as candidates (tables.candidates_schema)."""
    lines = [
        {"row_id": one.id, "position": one.line, "label": one.label, "generator": REAL, **one.fields} for one in real
    ]
    return pl.DataFrame(lines, candidates_schema(recipe), orient="row")
