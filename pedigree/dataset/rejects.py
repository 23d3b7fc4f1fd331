"""Rejects: candidates that became no rows, each with the reason code and the evidence."""

import polars as pl

from pedigree.dataset.schemas import REJECTS
from pedigree.ids import canonical_json
from pedigree.recipe.schema import Recipe


def make_rejects(rows: pl.DataFrame, recipe: Recipe) -> pl.DataFrame:
    """Return candidates as rejects (tables.REJECTS), in their order.

    ``rows`` are candidates with the columns ``reason`` and ``detail``, and ``rival`` where there is one.
    """
    fields = rows.select(*recipe.fields).iter_rows(named=True)
    shown = rows.with_columns(pl.Series("candidate", [canonical_json(row) for row in fields], pl.String))
    if "rival" not in shown.columns:
        shown = shown.with_columns(rival=pl.lit(None, pl.String))
    return shown.select(pl.col(name).cast(kind) for name, kind in REJECTS.items())


MEANINGS = {
    "content-filter": "the provider withheld the answer",
    "cut": "the answer ended before the row did",
    "empty": "a field, or the whole answer, was empty",
    "exact-duplicate": "an earlier row has the same texts",
    "failed": "no answer came, however often it was asked for",
    "garbled": "it holds signs that no text has, such as control characters",
    "held-out-overlap": "it overlaps with rows that no model may have seen",
    "label-named": "the text names its own label, which no seed row of it does",
    "language": "another language than the recipe's",
    "length": "shorter or longer than the recipe allows",
    "malformed": "it can't be read as a row",
    "meta-text": "it speaks about the task or the answer",
    "missing-field": "a field of the recipe is absent",
    "near-duplicate": "an earlier row is nearly the same",
    "out-of-range": "a number beyond the recipe's limits",
    "pii": "personal data",
    "placeholder": "a blank that was left to be filled in",
    "refusal": "the model declined",
    "review": "somebody looked at it and rejected it",
    "seed-duplicate": "a seed row has the same texts",
    "seed-near-duplicate": "a seed row is nearly the same",
    "shot-copy": "it copies an example that the prompt showed",
    "surplus": "fit to use, but its label already had all the rows that were wanted",
    "wrong-label": "the model gave it another label than it was asked for",
    "wrong-type": "a value of another type or kind than the recipe's",
}
