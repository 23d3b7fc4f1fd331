"""The rows of a dataset as they are on disk, train and validation together."""

import polars as pl

from pedigree.errors import WorkspaceError
from pedigree.job import Job
from pedigree.tables import read_table, rows_schema

SPLITS = ("train", "validation")


def read_rows(job: Job) -> pl.DataFrame:
    """Return the rows of both tables with a last column ``split``; train first, each in its table's order.

    Columns that the recipe does not know are kept. Raises WorkspaceError where a table is absent, or lacks a column
    of the recipe's rows or holds it in another type.
    """
    return pl.concat([_read_split(job, split) for split in SPLITS], how="diagonal_relaxed")


def _read_split(job: Job, split: str) -> pl.DataFrame:
    path = job.table(split)
    rows = read_table(path)
    for column, kind in rows_schema(job.recipe).items():
        found = rows.schema.get(column)
        if found != kind:
            raise WorkspaceError(
                f"{path}: column {column!r} is {'missing' if found is None else f'of type {found}'}",
                expected=f"the rows of this recipe: {column!r} of type {kind}",
                mend=f"'pedigree curate {job.dataset}' makes the tables again, from what was paid for",
            )
    return rows.with_columns(split=pl.lit(split))
