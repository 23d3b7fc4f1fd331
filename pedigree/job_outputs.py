"""The files that earlier steps wrote for a dataset, read once for metrics, manifest and report."""

from dataclasses import dataclass

import polars as pl

from pedigree.dataset.output_files import SPLITS, TABLES
from pedigree.dataset.results import Distribution, GateResults, read_result
from pedigree.dataset.schemas import read_table, rows_schema
from pedigree.errors import WorkspaceError
from pedigree.job import Job
from pedigree.ledger.completion import Completion, from_frame
from pedigree.recipe.schema import Recipe


@dataclass(frozen=True)
class JobOutputs:
    """Tables by name, the rows of both splits (sorted by row_id, with their split), gates and label distribution."""

    tables: dict[str, pl.DataFrame]
    rows: pl.DataFrame
    gates: GateResults
    distribution: Distribution

    @property
    def completions(self) -> pl.DataFrame:
        """Return the table of completions."""
        return self.tables["completions"]

    @property
    def rejects(self) -> pl.DataFrame:
        """Return the table of rejected candidates."""
        return self.tables["rejects"]

    @property
    def real(self) -> pl.DataFrame:
        """Return the real rows of both splits."""
        return self.rows.filter(pl.col("completion_id").is_null())

    @property
    def synthetic(self) -> pl.DataFrame:
        """Return the synthetic rows of both splits."""
        return self.rows.filter(pl.col("completion_id").is_not_null())

    @property
    def made(self) -> int:
        """Return the number of candidates that were generated."""
        real = self.distribution.real
        return sum(label.made for label in self.distribution.labels) - (sum(real.made.values()) if real else 0)


def read_job_outputs(job: Job) -> JobOutputs:
    """Read the files of generation, curation and validation; raise WorkspaceError if one is missing or invalid."""
    return JobOutputs(
        tables={name: read_table(job.table(name)) for name in TABLES},
        rows=read_rows(job).sort("row_id"),
        gates=read_result(GateResults, job.folder / "gates.json"),
        distribution=read_result(Distribution, job.folder / "distribution.json"),
    )


def join_texts(frame: pl.DataFrame, recipe: Recipe) -> pl.Series:
    """Return each row's text fields (or all fields if none is text), joined by newlines."""
    names = recipe.text_fields or list(recipe.fields)
    texts = [pl.col(name).cast(pl.String).fill_null("") for name in names]  # a field may be missing
    return frame.select(text=pl.concat_str(texts, separator="\n"))["text"]


def read_pulled_completions(job: Job) -> dict[str, Completion]:
    """Return the completions of a pulled version by id; a run imports them into the ledger before it sends requests."""
    table = job.table("completions")
    return {one.completion_id: one for one in from_frame(read_table(table))} if table.is_file() else {}


def read_rows(job: Job) -> pl.DataFrame:
    """Return the rows of train, then of validation, with a last column ``split``.

    Columns unknown to the recipe are kept. Raises WorkspaceError if a table is missing, or if it lacks a column of the
    recipe's rows or has it in another type.
    """
    return pl.concat([_read_split(job, split) for split in SPLITS], how="diagonal_relaxed")


def read_synthetic_rows(job: Job) -> pl.DataFrame:
    """Return the rows of both splits that models wrote."""
    return read_rows(job).filter(pl.col("completion_id").is_not_null())


def _read_split(job: Job, split: str) -> pl.DataFrame:
    path = job.table(split)
    rows = read_table(path)
    for column, kind in rows_schema(job.recipe).items():
        found = rows.schema.get(column)
        if found != kind:
            raise WorkspaceError(
                f"{path}: column {column!r} is {'missing' if found is None else f'of type {found}'}",
                expected=f"the rows of this recipe: {column!r} of type {kind}",
                hint=f"'pedigree curate {job.dataset}' writes the tables again, from the stored completions",
            )
    return rows.with_columns(split=pl.lit(split))
