"""Curate: the answers of a dataset become its rows and its rejects."""

import logging
from dataclasses import dataclass

import polars as pl
from threadpoolctl import threadpool_limits

from pedigree.dataset.schemas import read_table, write_table
from pedigree.job import Job
from pedigree.metrics.screen_embedder import open_checker
from pedigree.weighting.choice import weigh_rows
from tasks.balance import Balanced, balance
from tasks.judging.verdicts import apply_verdicts
from tasks.parse import parse
from tasks.screen import screen
from tasks.ui.step import step

log = logging.getLogger("pedigree")


@dataclass(frozen=True)
class Curated:
    """How many rows both splits hold, and the rejects by reason."""

    train: int
    validation: int
    rejects: dict[str, int]


@step("save rows")
def save_rows(job: Job, balanced: Balanced, rejects: pl.DataFrame) -> Curated:
    """Write the tables train, validation and rejects; ``rejects`` are those of parsing and screening.

    Rows get the weights that the recipe asks for. Decisions of people that changed nothing, as their rows are gone or
    may not come in, are told as warnings.
    """
    rejects = pl.concat([rejects, balanced.rejects])
    with threadpool_limits(1):  # so that the weights do not depend on the number of cores
        train = weigh_rows(job, balanced.train)
    for name, frame in (("train", train), ("validation", balanced.validation), ("rejects", rejects)):
        write_table(frame, job.table(name))
    _warn_of_idle_decisions(job, balanced, rejects)
    by_reason = dict(sorted(rejects["reason"].value_counts().iter_rows()))
    return Curated(balanced.train.height, balanced.validation.height, by_reason)


def _warn_of_idle_decisions(job: Job, balanced: Balanced, rejects: pl.DataFrame) -> None:
    rows = {*balanced.train["row_id"], *balanced.validation["row_id"]}
    out = dict(rejects.drop_nulls("row_id").select("row_id", "reason").iter_rows())
    if gone := job.review.find_gone(rows | out.keys()):
        log.warning(
            "%s: %d of its decisions are about rows that are here no more: %s", job.recipe.review, len(gone), _few(gone)
        )
    if kept_out := [
        id for id in job.review.last if id in job.review.trusted - rows and out.get(id, "surplus") != "surplus"
    ]:
        why = ", ".join(sorted({out[id] for id in kept_out}))
        log.warning(
            "%s: %d of the rows that it accepts stay out (%s): %s",
            job.recipe.review,
            len(kept_out),
            why,
            _few(kept_out),
        )


def _few(ids: list[str]) -> str:
    return ", ".join(id[:12] for id in ids[:5]) + (" ..." if len(ids) > 5 else "")


@step("curate")
def curate(job: Job) -> Curated:
    """Write the tables train, validation and rejects from prompts and completions: parse, screen, judge, balance.

    A pure function of the two tables, the recipe, the real rows and the review decisions. Raises WorkspaceError if a
    table is absent.
    """
    prompts, completions = read_table(job.table("prompts")), read_table(job.table("completions"))
    parsed = parse.fn(job, prompts, completions)
    screened, real = screen.fn(job, parsed.candidates, open_checker(job)), job.screen_real_rows()
    kept, judged = apply_verdicts(job, screened.kept, prompts, completions)
    balanced = balance.fn(job, pl.concat([real.rows, kept], how="diagonal"), prompts)
    return save_rows.fn(job, balanced, pl.concat([real.rejects, parsed.rejects, screened.rejects, judged]))
