"""Reproducible samples: they depend on the seed and the purpose only, not on the order of events."""

import polars as pl

from pedigree.ids import seeded


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
