"""The contents of a dataset's folder, as the earlier steps left them, read once for measures, manifest and report."""

from dataclasses import dataclass

import polars as pl

from pedigree.dataset import schemas
from pedigree.dataset.output_files import SPLITS, TABLES
from pedigree.dataset.results import Distribution, GateResults, read_result
from pedigree.dataset.schemas import read_table, rows_schema
from pedigree.errors import WorkspaceError
from pedigree.job import Job
from pedigree.ledger.completion import Completion, from_frame
from pedigree.recipe.schema import Recipe


@dataclass(frozen=True)
class JobOutputs:
    """A dataset's tables by name, all its rows with their split (sorted by row_id), its gates and label distribution."""

    tables: dict[str, pl.DataFrame]
    rows: pl.DataFrame
    gates: GateResults
    distribution: Distribution

    @property
    def completions(self) -> pl.DataFrame:
        """Return what the models answered."""
        return self.tables["completions"]

    @property
    def rejects(self) -> pl.DataFrame:
        """Return what was turned away."""
        return self.tables["rejects"]

    @property
    def real(self) -> pl.DataFrame:
        """Return the rows that people wrote (those of the recipe's ``real`` that entered), of both splits."""
        return self.rows.filter(pl.col("completion_id").is_null())

    @property
    def synthetic(self) -> pl.DataFrame:
        """Return the rows that a model wrote, of both splits; all of them where the recipe has no real rows."""
        return self.rows.filter(pl.col("completion_id").is_not_null())

    @property
    def made(self) -> int:
        """Return how many candidates generation gave."""
        real = self.distribution.real
        return sum(label.made for label in self.distribution.labels) - (sum(real.made.values()) if real else 0)


def read_job_outputs(job: Job) -> JobOutputs:
    """Read what generation, curation and validation left; raise WorkspaceError where a part is absent or unfit."""
    return JobOutputs(
        tables={name: read_table(job.table(name)) for name in TABLES},
        rows=read_rows(job).sort("row_id"),
        gates=read_result(GateResults, job.folder / "gates.json"),
        distribution=read_result(Distribution, job.folder / "distribution.json"),
    )


def join_texts(frame: pl.DataFrame, recipe: Recipe) -> pl.Series:
    """Return what there is to read in each row: its text fields, or all fields where none is text, a line each."""
    names = recipe.text_fields or list(recipe.fields)
    return frame.select(text=pl.concat_str([pl.col(name).cast(pl.String) for name in names], separator="\n"))["text"]


def read_pulled_completions(job: Job) -> dict[str, Completion]:
    """Return the completions of a pulled version: a run takes them into the ledger before it asks for anything."""
    table = job.table("completions")
    return {one.completion_id: one for one in from_frame(schemas.read_table(table))} if table.is_file() else {}


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
                hint=f"'pedigree curate {job.dataset}' makes the tables again, from what was paid for",
            )
    return rows.with_columns(split=pl.lit(split))
