"""Sums tokens and cost of completions; a sum with an unknown part is unknown. Counts the models behind names."""

import re
from collections.abc import Collection

import polars as pl

MODEL_FILE = re.compile(r"\.(?:gguf|ggml|safetensors|bin|llamafile)$", re.IGNORECASE)
LOCAL_PATH = re.compile(r"^(?:[/\\~.]|[A-Za-z]:[/\\])")

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


def list_distinct_names(names: Collection[str]) -> list[str]:
    """Return the names that may stand for different models, sorted, each as it was first given.

    A local server tells the path of a file or the file's alias: names that differ only in the folder of a file, in the
    end of a model file, or in that one has a folder and the other has none, are one name. ``org-a/m`` and ``org-b/m``
    are two.
    """
    plain: dict[str, str] = {}
    for name in sorted(names):
        plain.setdefault(_strip_place(name), name)
    return [name for short, name in plain.items() if not any(other.endswith(f"/{short}") for other in plain)]


def _strip_place(name: str) -> str:
    """Return a model's name without the end of a model file and, if it is a file's path, without its folder."""
    stem = MODEL_FILE.sub("", name).rstrip("/\\")
    return re.split(r"[/\\]", stem)[-1] if MODEL_FILE.search(name) or LOCAL_PATH.match(name) else stem


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
