"""Rejects: candidates that became no rows, each with the reason code and the evidence."""

import polars as pl

from pedigree.ids import canonical_json
from pedigree.recipe import Recipe
from pedigree.tables import REJECTS


def make_rejects(rows: pl.DataFrame, recipe: Recipe) -> pl.DataFrame:
    """Return candidates as rejects (tables.REJECTS), in their order.

    ``rows`` are candidates with the columns ``reason`` and ``detail``, and ``rival`` where there is one.
    """
    fields = rows.select(*recipe.fields).iter_rows(named=True)
    shown = rows.with_columns(pl.Series("candidate", [canonical_json(row) for row in fields], pl.String))
    if "rival" not in shown.columns:
        shown = shown.with_columns(rival=pl.lit(None, pl.String))
    return shown.select(pl.col(name).cast(kind) for name, kind in REJECTS.items())
