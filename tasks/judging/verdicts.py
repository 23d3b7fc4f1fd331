"""Verdicts: which rows a judge is to judge, and what its answers make of them."""

import polars as pl

from pedigree.curation.judging import judge_rows, read_votes
from pedigree.dataset.schemas import REJECTS
from pedigree.ids import seeded
from pedigree.job import Job
from pedigree.metrics.seed_classifier import predict_labels
from pedigree.recipe.judge import Judge


def apply_verdicts(
    job: Job, kept: pl.DataFrame, prompts: pl.DataFrame, completions: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that stay, with their labels and the column ``agreed``, and the rejects (schemas.REJECTS).

    ``prompts`` and ``completions`` are tables that hold what the judges were asked about these rows. Without judges in
    the recipe all rows stay, unchanged.
    """
    if not job.recipe.judges:
        return kept, pl.DataFrame(schema=REJECTS)
    to_judge = {judge.name: choose_rows(job, judge, kept) for judge in job.recipe.judges}
    return judge_rows(kept, job.recipe, to_judge, read_votes(prompts, completions), job.review.ever_trusted)


def choose_rows(job: Job, judge: Judge, rows: pl.DataFrame) -> frozenset[str]:
    """Return the ids of the rows to judge: all, a share drawn by the row's id, or those that a classifier doubts.

    A row is doubted if a classifier trained on the seeds gives it another label; all are, where none can be trained.
    """
    if isinstance(judge.on, float):
        drawn = {id: seeded(job.recipe.seed, "judged", judge.name, id).random() for id in rows["row_id"]}
        return frozenset(id for id, at in drawn.items() if at < judge.on)
    if judge.on == "all" or not rows.height:
        return frozenset(rows["row_id"])
    read = predict_labels(job, rows.select(list(job.recipe.fields)).iter_rows(named=True))
    if read is None:
        return frozenset(rows["row_id"])
    return frozenset(rows.filter(pl.col("label") != pl.Series(read, dtype=pl.String))["row_id"])
