"""Curate: the answers of a dataset become its rows and its rejects."""

from dataclasses import dataclass

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from pedigree.job import Job
from pedigree.seen import Seen
from pedigree.tables import read_table, write_table
from tasks.balance import Balanced, balance
from tasks.parse import parse
from tasks.screen import screen


@dataclass(frozen=True)
class Curated:
    """How many rows both splits hold, and the rejects by reason."""

    train: int
    validation: int
    rejects: dict[str, int]


@task(name="save rows", task_run_name="save rows", cache_policy=NO_CACHE, persist_result=False)
def save_rows(job: Job, balanced: Balanced, rejects: pl.DataFrame) -> Curated:
    """Write the tables train, validation and rejects; ``rejects`` are those of parsing and screening."""
    rejects = pl.concat([rejects, balanced.surplus])
    for name, frame in (("train", balanced.train), ("validation", balanced.validation), ("rejects", rejects)):
        write_table(frame, job.table(name))
    by_reason = dict(sorted(rejects["reason"].value_counts().iter_rows()))
    return Curated(balanced.train.height, balanced.validation.height, by_reason)


@task(name="curate", task_run_name="curate", cache_policy=NO_CACHE, persist_result=False)
def curate(job: Job) -> Curated:
    """Write the tables train, validation and rejects from prompts and completions: parse, screen, balance.

    A pure function of the two tables, the recipe and the rows that people wrote. Raises WorkspaceError where a table
    is absent.
    """
    parsed = parse.fn(job, read_table(job.table("prompts")), read_table(job.table("completions")))
    screened = screen.fn(job, parsed.candidates, Seen.for_job(job))
    balanced = balance.fn(job, screened.kept)
    return save_rows.fn(job, balanced, pl.concat([parsed.rejects, screened.rejects]))
