"""Samples that depend on the recipe's seed and on what they are for, never on the order of events."""

import polars as pl

from pedigree.ids import seeded


def draw_rows(frame: pl.DataFrame, most: int, *seed: int | str) -> pl.DataFrame:
    """Return ``most`` rows drawn without replacement, in the frame's order; the frame itself where it is not longer."""
    if frame.height <= most:
        return frame
    return frame[sorted(seeded(*seed).sample(range(frame.height), most))]


def shuffle_rows(frame: pl.DataFrame, *seed: int | str) -> pl.DataFrame:
    """Return the rows in an order of chance, in which every row is as likely to come first."""
    return frame[seeded(*seed).sample(range(frame.height), frame.height)]


def draw_evenly(frame: pl.DataFrame, most: int, by: list[str], *seed: int | str) -> pl.DataFrame:
    """Return at most ``most`` rows, drawn so that each group of equal values in the columns ``by`` has its turn."""
    turns = shuffle_rows(frame, *seed).with_columns(turn=pl.int_range(pl.len()).over(by))
    return turns.sort("turn", *by, maintain_order=True, nulls_last=True).head(most).drop("turn")
