"""Rejects: candidates that did not become rows, with reason code and evidence."""

import polars as pl

from pedigree.dataset.schemas import REJECTS
from pedigree.ids import canonical_json
from pedigree.recipe.schema import Recipe

# Whether a reject is a candidate: a whole row. The others are answers, or parts of answers, without one.
IS_CANDIDATE = pl.col("row_id").is_not_null()
UNREADABLE = "unreadable"  # the finish_reason of a completion whose body is no answer of a model


def make_rejects(rows: pl.DataFrame, recipe: Recipe) -> pl.DataFrame:
    """Return candidates as rejects (schemas.REJECTS), in their order.

    ``rows`` are candidates with the columns ``reason`` and ``detail``, and ``rival`` if there is one.
    """
    fields = rows.select(*recipe.fields).iter_rows(named=True)
    shown = rows.with_columns(pl.Series("candidate", [canonical_json(row) for row in fields], pl.String))
    if "rival" not in shown.columns:
        shown = shown.with_columns(rival=pl.lit(None, pl.String))
    return shown.select(pl.col(name).cast(kind) for name, kind in REJECTS.items())


MEANINGS = {
    "ambiguous-answer": "the answer holds several versions of the rows and does not say which counts",
    "broken-check": "breaks a check of the recipe",
    "broken-dependency": "contradicts an earlier row, where one field sets another",
    "content-filter": "the provider withheld the answer",
    "cut": "the answer ended before the row did",
    "empty": "a field, or the whole answer, was empty",
    "exact-duplicate": "an earlier row has the same texts or, in a table, the same values",
    "failed": "no answer after all retries",
    "garbled": "contains control characters or similar",
    "held-out-overlap": "overlaps with held-out rows",
    "judged-otherwise": "a judge gives it another label",
    "label-named": "the text states a label as a tag or heading, which no seed row of it does",
    "language": "another language than the recipe's",
    "length": "shorter or longer than the recipe allows",
    "malformed": "cannot be read as a row",
    "mark-malformed": "the marks of its spans cannot be read, as one is unclosed, nested or empty",
    "meta-text": "comments on the task or the answer",
    "missing-field": "a field of the recipe is missing",
    "missing-slot": "no span of a slot that its label must have",
    "near-duplicate": "an earlier row has nearly the same text",
    "not-judged": "a judge gave no verdict that can be read",
    "out-of-range": "a number outside the recipe's limits",
    "pii": "personal data",
    "placeholder": "contains a placeholder to be filled in",
    "refusal": "the model declined",
    "review": "rejected in a review",
    "seed-copy": "holds a seed row, changes few of its words, or is put together from seed rows; "
    "in a table, has the values of a row of people",
    "seed-duplicate": "a seed row has the same texts or, in a table, the same values",
    "seed-near-duplicate": "a seed row has nearly the same text",
    "semantic-duplicate": "says what an earlier row of its label says, in other words",
    "semantic-held-out-overlap": "says what a held-out row of its label says, in other words",
    "semantic-seed-duplicate": "says what a seed row of its label says, in other words",
    "shot-copy": "copies an example of the prompt, changes few of its words, or is a part of it; "
    "in a table, has its values",
    "span-ambiguous": "a value that was asked for stands more than once, and no mark says which it is",
    "span-not-in-text": "a value that was asked for is not in the text, or another is marked in its place",
    "span-overlap": "two spans share a part of the text",
    "surplus": "usable, but its label already had all wanted rows",
    "unfit-source": "the model found that no such row can be made of the record that it was given",
    "unknown-slot": "a mark names a slot that its label does not have",
    "unreadable-answer": "what the endpoint sent is no answer of a model",
    "wrong-label": "the model gave it another label than requested",
    "wrong-type": "a value of another type or kind than the recipe's",
}
