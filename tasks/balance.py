"""Balance: exactly the rows wanted of each label, split into train and validation."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from pedigree.curation.minhash import fold_rows, group_similar
from pedigree.curation.split import choose_validation, join_groups
from pedigree.dataset.rejects import make_rejects
from pedigree.dataset.schemas import rows_schema
from pedigree.job import Job
from pedigree.recipe.judge import AGREED
from pedigree.recipe.schema import REAL

_IS_REAL = pl.col("completion_id").is_null()


@dataclass(frozen=True)
class Balanced:
    """Both splits (schemas.rows_schema, by row id); surplus, and what people rejected, as rejects (schemas.REJECTS)."""

    train: pl.DataFrame
    validation: pl.DataFrame
    rejects: pl.DataFrame


@task(name="balance", task_run_name="balance", cache_policy=NO_CACHE, persist_result=False)
def balance(job: Job, kept: pl.DataFrame) -> Balanced:
    """Take the first rows of each label in the order of curation, up to its target, and split them.

    A label with too few rows keeps what it has. Review decisions apply: rejected rows are out, a relabelled row counts
    for its new label, and real, accepted and relabelled rows come first. Rows that are at least ``split.similar``
    alike, directly or through other rows, stay on one side, as do a real row and its rewrites. The split depends on the
    seed and row ids only, not on the order of ``kept``; decisions about other rows do not move a row.
    """
    reviewed, rejected = job.review.apply(kept)
    reviewed = reviewed.with_columns(place=_find_place(job.review.trusted))
    wanted = _find_wanted(job.recipe.targets)
    rows, over = reviewed.filter(pl.col("place") <= wanted), reviewed.filter(pl.col("place") > wanted)
    over = over.with_columns(
        reason=pl.lit("surplus"),
        detail=pl.format("{} rows of {} were wanted", wanted, "label"),
    )
    validation = pl.col("row_id").is_in(list(_choose_validation(job, kept)))
    rows = _forget_verdicts(job, rows)
    rows = rows.with_columns(_IS_REAL.alias(REAL), weight=pl.lit(1.0)).select(*rows_schema(job.recipe)).sort("row_id")
    rejects = pl.concat([make_rejects(rejected, job.recipe), make_rejects(over, job.recipe)])
    return Balanced(rows.filter(~validation), rows.filter(validation), rejects)


def _forget_verdicts(job: Job, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with the column ``agreed``: null for real rows, and for those that people gave another label."""
    judged = pl.col(AGREED) if AGREED in rows.columns else pl.lit(None, pl.Boolean)
    relabelled = [one.row_id for one in job.review.last.values() if one.new_label is not None]
    return rows.with_columns(pl.when(~pl.col("row_id").is_in(relabelled)).then(judged).alias(AGREED))


def _find_wanted(targets: Mapping[str, int]) -> pl.Expr:
    return pl.col("label").replace_strict(targets, default=0, return_dtype=pl.Int64)


def _find_place(trusted: Collection[str]) -> pl.Expr:
    """Return each row's place in its label, from 1: those that people wrote or accepted come first."""
    accepted = pl.col("row_id").is_in(list(trusted)) | _IS_REAL
    own, others = (is_one.cum_sum().over("label") for is_one in (accepted, ~accepted))
    return pl.when(accepted).then(own).otherwise(accepted.sum().over("label") + others).cast(pl.Int64)


def _choose_validation(job: Job, kept: pl.DataFrame) -> frozenset[str]:
    """Return the validation rows.

    Those of each version that the dataset grew from, and those that there were before each sheet that was taken, are
    chosen as they were then: neither growth nor a decision moves another row to the other side.
    """
    chosen: frozenset[str] = frozenset()
    decided: dict[str, bool] = {}
    steps = job.recipe.steps
    for step, take in job.review.list_phases(len(steps)):
        rows, review = job.review.view_at(kept, take)
        rows = rows.with_columns(place=_find_place(review.trusted))
        part = rows.filter(pl.col("place") <= _find_wanted(steps[step]))
        labels = dict(part.select("row_id", "label").iter_rows())
        known = {id: side for id, side in decided.items() if id in labels}
        chosen = choose_validation(labels, _group(job, part), job.recipe.split.validation, job.recipe.seed, known)
        decided |= {id: id in chosen for id in labels}
    return chosen


def _group(job: Job, rows: pl.DataFrame) -> dict[str, str]:
    """Return each row's group of similar rows and rewrites of one real row; without text fields each row is alone."""
    ids = rows["row_id"].to_list()
    if not job.recipe.text_fields:
        return {id: id for id in ids}
    groups = group_similar(ids, fold_rows(rows, job.recipe), job.recipe.split.similar)
    return join_groups(groups, _list_sources(job, rows)) if job.recipe.real else groups


def _list_sources(job: Job, rows: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """Yield each rewritten row with the row that its place in the answer was asked to rewrite."""
    labels = {one.id: one.label for one in job.seeds}
    most = Counter(labels.values())
    per_call = {
        one.title: one.rows_per_call
        for one in job.recipe.generators
        if one.strategy == "rewrite" and one.corpus is None
    }
    rewritten = rows.filter(pl.col("generator").is_in(list(per_call)))
    for id, generator, position, shown in rewritten.select(
        "row_id", "generator", "position", "seed_row_ids"
    ).iter_rows():
        sources = min(per_call[generator], most[labels.get(shown[0], "")]) if shown else 0
        if sources and position < per_call[generator]:
            yield id, shown[position % sources]
