"""Reproducible samples: they depend on the seed and the purpose only, not on the order of events."""

from collections.abc import Mapping

import polars as pl

from pedigree.ids import seeded
from pedigree.recipe.apportion import apportion

FEW = 5  # rows of each group that a draw within groups takes at least


def draw_rows(frame: pl.DataFrame, limit: int, *seed: int | str) -> pl.DataFrame:
    """Return ``limit`` rows drawn without replacement, in the frame's order; all rows if there are no more."""
    if frame.height <= limit:
        return frame
    return frame[sorted(seeded(*seed).sample(range(frame.height), limit))]


def shuffle_rows(frame: pl.DataFrame, *seed: int | str) -> pl.DataFrame:
    """Return the rows in random order."""
    return frame[seeded(*seed).sample(range(frame.height), frame.height)]


def draw_evenly(frame: pl.DataFrame, limit: int, by: list[str], *seed: int | str) -> pl.DataFrame:
    """Return at most ``limit`` rows, drawn in turn from each group of equal values in the columns ``by``."""
    turns = shuffle_rows(frame, *seed).with_columns(turn=pl.int_range(pl.len()).over(by))
    return turns.sort("turn", *by, maintain_order=True, nulls_last=True).head(limit).drop("turn")


def draw_within(frame: pl.DataFrame, limit: int, by: str, *seed: int | str) -> pl.DataFrame:
    """Return at most ``limit`` rows: within each value of ``by`` at random, as many as ``allocate`` says.

    The order is random too, and mixes the values evenly: the first rows are themselves drawn at random within values.
    """
    drawn = allocate(dict(sorted(frame[by].value_counts().iter_rows())), limit)
    turns = shuffle_rows(frame, *seed).with_columns(turn=pl.int_range(pl.len()).over(by))
    taken = turns.filter(pl.col("turn") < pl.col(by).replace_strict(drawn, return_dtype=pl.Int64))
    jitter = seeded(*seed, "order")
    spread = [(row[by], (row["turn"] + jitter.random()) / drawn[row[by]]) for row in taken.iter_rows(named=True)]
    order = sorted(range(taken.height), key=lambda place: (spread[place][1], spread[place][0]))
    return taken[order].drop("turn")


def allocate(counts: Mapping[str, int], limit: int) -> dict[str, int]:
    """Divide ``limit`` among groups of such sizes: a few of each, if there is room, and the rest in proportion."""
    limit = min(limit, sum(counts.values()))
    few = {name: min(count, FEW, limit // len(counts)) for name, count in counts.items()}
    left = {name: counts[name] - few[name] for name in counts}
    rest = limit - sum(few.values())
    more = apportion(rest, left) if rest else dict.fromkeys(counts, 0)
    return {name: few[name] + more[name] for name in counts}
