"""Screening of real rows: which rows that people wrote enter a dataset, and why the others do not.

The same screens apply as to rows that a reviewer accepted (pedigree/dataset/review_decisions.py): personal data if the
recipe rejects it, the length limits, the recipe's checks and dependencies, overlap with held-out rows, and texts equal
to an earlier real row. Other screens do not apply to real rows.
A real row without a slot that its label must have does not enter.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import polars as pl

from pedigree.curation.duplicates import DuplicateChecker
from pedigree.curation.language_apart import make_checker
from pedigree.curation.spans.lacking import split_lacking
from pedigree.curation.tables.check_screen import screen_checks
from pedigree.curation.text_screens import screen_texts
from pedigree.dataset.examples import Example
from pedigree.dataset.rejects import make_rejects
from pedigree.dataset.schemas import candidates_schema
from pedigree.dataset.spans.span import to_cells
from pedigree.recipe.languages.language_check import LANGUAGE
from pedigree.recipe.schema import REAL, Recipe
from pedigree.recipe.spans.slot_fit import SPANS


@dataclass(frozen=True)
class RealRows:
    """The accepted real rows as candidates (schemas.candidates_schema) and examples, in file order; the rejects."""

    rows: pl.DataFrame
    rejects: pl.DataFrame
    examples: tuple[Example, ...]


def screen_real_rows(real: Sequence[Example], held_out: Sequence[Example], recipe: Recipe) -> RealRows:
    """Screen real rows. A row's id is that of its example, its position is its line in the file."""
    candidates, lacking = split_lacking(_tabulate(real, recipe), recipe)
    checker = make_checker(recipe, (), held_out if real else ())  # many held-out rows take a second
    rows, rejects = screen_candidates(candidates, recipe, checker, frozenset(candidates["row_id"]))
    rejects = pl.concat([lacking, rejects])
    by_line = {example.line: example for example in real}
    return RealRows(rows, rejects, tuple(by_line[line] for line in rows["position"]))


def screen_candidates(
    candidates: pl.DataFrame, recipe: Recipe, duplicates: DuplicateChecker, trusted: Collection[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the candidates that pass every screen (their order unchanged), and the rejects (schemas.REJECTS).

    Kept rows are added to ``duplicates``. ``trusted`` are ids of rows that only binding screens reject.
    """
    rows, failed = screen_texts(candidates, recipe, trusted, duplicates.common_labels)
    rows, broken = screen_checks(rows, recipe)
    matches = duplicates.compare(rows, trusted)
    compared = rows.with_columns(
        pl.Series("reason", [match and match.reason for match in matches], pl.String),
        pl.Series("detail", [match and match.detail for match in matches], pl.String),
        pl.Series("rival", [match and match.id for match in matches], pl.String),
    )
    kept = compared.filter(pl.col("reason").is_null()).select(*candidates_schema(recipe))
    rejected = compared.filter(pl.col("reason").is_not_null())
    return kept, pl.concat([make_rejects(part, recipe) for part in (failed, broken, rejected)])


def _tabulate(real: Sequence[Example], recipe: Recipe) -> pl.DataFrame:
    """Return real rows as candidates (schemas.candidates_schema)."""
    lines = [
        {"row_id": one.id, "position": one.line, "label": one.label, "generator": REAL, **one.fields, **spoken}
        for one in real
        for spoken in [{LANGUAGE: one.language} if recipe.languages else {}]
    ]
    if recipe.slots:
        name = recipe.text_fields[0]
        cells = [{SPANS: to_cells(one.fields[name], one.spans)} for one in real]
        lines = [line | more for line, more in zip(lines, cells, strict=True)]
    return pl.DataFrame(lines, candidates_schema(recipe), orient="row")
