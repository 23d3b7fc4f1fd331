"""Samples that depend on the recipe's seed and on what they are for, never on the order of events."""

import polars as pl

from pedigree.ids import seeded


def draw_rows(frame: pl.DataFrame, most: int, *seed: int | str) -> pl.DataFrame:
    """Return ``most`` rows drawn without replacement, in the frame's order; the frame itself where it is not longer."""
    if frame.height <= most:
        return frame
    return frame[sorted(seeded(*seed).sample(range(frame.height), most))]
