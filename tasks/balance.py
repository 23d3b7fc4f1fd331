"""Balance: exactly the rows wanted of each label, split into train and validation."""

from dataclasses import dataclass

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from pedigree.job import Job
from pedigree.rejects import make_rejects
from pedigree.similarity import fold_rows, group_similar
from pedigree.split import choose_validation
from pedigree.tables import rows_schema


@dataclass(frozen=True)
class Balanced:
    """Both splits (tables.rows_schema, by row id), and the surplus as rejects (tables.REJECTS)."""

    train: pl.DataFrame
    validation: pl.DataFrame
    surplus: pl.DataFrame


@task(name="balance", task_run_name="balance", cache_policy=NO_CACHE, persist_result=False)
def balance(job: Job, kept: pl.DataFrame) -> Balanced:
    """Take of each label the first rows in the order of curation, as many as are wanted, and split them.

    A label that is short keeps what there is. Rows that are at least ``split.similar`` alike, directly or by a chain,
    stay on one side. The split is a function of seed and row ids, whatever the order of ``kept``.
    """
    wanted = pl.col("label").replace_strict(job.recipe.targets, default=0, return_dtype=pl.Int64)
    is_wanted = pl.int_range(pl.len()).over("label") < wanted
    rows, over = kept.filter(is_wanted), kept.filter(~is_wanted)
    over = over.with_columns(
        reason=pl.lit("surplus"),
        detail=pl.format("{} rows of {} were wanted", wanted, "label"),
    )
    validation = pl.col("row_id").is_in(list(_choose_validation(job, rows)))
    rows = rows.with_columns(weight=pl.lit(1.0)).select(*rows_schema(job.recipe)).sort("row_id")
    return Balanced(rows.filter(~validation), rows.filter(validation), make_rejects(over, job.recipe))


def _choose_validation(job: Job, rows: pl.DataFrame) -> frozenset[str]:
    """Return the validation rows; those of each version that the dataset grew from are chosen as they were then."""
    chosen: frozenset[str] = frozenset()
    decided: dict[str, bool] = {}
    for step in job.recipe.steps:
        wanted = pl.col("label").replace_strict(step, default=0, return_dtype=pl.Int64)
        part = rows.filter(pl.int_range(pl.len()).over("label") < wanted)
        ids = part["row_id"].to_list()
        labels = dict(zip(ids, part["label"].to_list(), strict=True))
        chosen = choose_validation(labels, _group(job, part), job.recipe.split.validation, job.recipe.seed, decided)
        decided = {id: id in chosen for id in ids}
    return chosen


def _group(job: Job, rows: pl.DataFrame) -> dict[str, str]:
    """Return each row's group of similar rows; without text fields each row is alone."""
    ids = rows["row_id"].to_list()
    if not job.recipe.text_fields:
        return {id: id for id in ids}
    return group_similar(ids, fold_rows(rows, job.recipe), job.recipe.split.similar)
