"""Data for 'dvc plots': the labels of a dataset and the lengths of its texts, computed from its tables."""

from typing import Any

import polars as pl

from pedigree.dataset.output_files import PLOTS
from pedigree.dataset.results import Distribution
from pedigree.job import Job
from pedigree.job_outputs import JobOutputs, join_texts

MAX_BINS = 60
STEPS = (10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)  # characters


def tabulate_plots(job: Job, contents: JobOutputs) -> dict[str, list[dict[str, Any]]]:
    """Return file name -> points, in drawing order."""
    lengths = join_texts(contents.rows, job.recipe).str.len_chars()
    return dict(zip(PLOTS, (tabulate_labels(contents.distribution), tabulate_lengths(lengths)), strict=True))


def tabulate_labels(distribution: Distribution) -> list[dict[str, Any]]:
    """Return for each label the rows wanted, made, kept and predicted (``read``; null without seeds)."""
    return [
        {"label": one.label, "target": one.wanted, "made": one.made, "kept": one.kept, "read": one.read}
        for one in distribution.labels
    ]


def tabulate_lengths(lengths: pl.Series) -> list[dict[str, Any]]:
    """Return the histogram of text lengths: characters (start of the bin), rows, share.

    Bins have round widths, at most 60 of them, so that the bins of two versions usually agree.
    """
    longest = int(lengths.cast(pl.Int64).sort()[-1]) if len(lengths) else 0
    width = next((step for step in STEPS if longest < step * MAX_BINS), STEPS[-1])
    starts = pl.DataFrame({"characters": range(0, longest + 1, width)}, schema={"characters": pl.Int64})
    counts = pl.DataFrame({"characters": lengths.cast(pl.Int64) // width * width}).group_by("characters").len("rows")
    shares = (pl.col("rows") / max(1, len(lengths))).round(6)
    filled = starts.join(counts, on="characters", how="left").with_columns(pl.col("rows").fill_null(0).cast(pl.Int64))
    return filled.with_columns(share=shares).sort("characters").to_dicts()
