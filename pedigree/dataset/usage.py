"""Sums tokens and cost of completions; a sum with an unknown part is unknown."""

import polars as pl

AMOUNTS = ("tokens_in", "tokens_out", "cost_usd")


def sum_known(name: str) -> pl.Expr:
    """Return a column's sum, or null if any value is null: unknown amounts are not counted as 0."""
    column = pl.col(name)
    return pl.when(column.null_count() == 0).then(column.sum()).alias(name)


def sum_usage(completions: pl.DataFrame) -> dict[str, float | int | None]:
    """Return tokens in, tokens out and USD of all completions; null if unknown."""
    return completions.select(sum_known(name) for name in AMOUNTS).row(0, named=True)


def sum_known_cost(completions: pl.DataFrame) -> dict[str, float]:
    """Return the number of completions with a known cost, and their cost in USD."""
    cost = completions["cost_usd"]
    return {"cost_known": cost.count(), "cost_known_usd": float(cost.sum())}


def sum_by_model(completions: pl.DataFrame) -> pl.DataFrame:
    """Return completions, failures, tokens and USD per pair of requested and answering model."""
    return (
        completions.group_by("model", "model_answered")
        .agg(
            pl.len().alias("completions"),
            pl.col("failure").is_not_null().sum().alias("failures"),
            *(sum_known(name) for name in AMOUNTS),
        )
        .sort("model", "model_answered", nulls_last=True)
    )
