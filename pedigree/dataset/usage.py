"""What completions took: tokens and cost, where a sum with an unknown part is unknown."""

import polars as pl

AMOUNTS = ("tokens_in", "tokens_out", "cost_usd")


def sum_known(name: str) -> pl.Expr:
    """Return a column's sum, or null where any value is null: what is unknown is never counted as 0."""
    column = pl.col(name)
    return pl.when(column.null_count() == 0).then(column.sum()).alias(name)


def sum_usage(completions: pl.DataFrame) -> dict[str, float | int | None]:
    """Return tokens in, tokens out and USD of all completions; null where unknown."""
    return completions.select(sum_known(name) for name in AMOUNTS).row(0, named=True)


def sum_known_cost(completions: pl.DataFrame) -> dict[str, float | int]:
    """Return of how many completions the cost is known, and what these cost in USD."""
    cost = completions["cost_usd"]
    return {"cost_known": cost.count(), "cost_known_usd": cost.sum()}


def sum_by_model(completions: pl.DataFrame) -> pl.DataFrame:
    """Return a line a pair of model asked and model that answered: completions, failures, tokens and USD."""
    return (
        completions.group_by("model", "model_answered")
        .agg(
            pl.len().alias("completions"),
            pl.col("failure").is_not_null().sum().alias("failures"),
            *(sum_known(name) for name in AMOUNTS),
        )
        .sort("model", "model_answered", nulls_last=True)
    )
