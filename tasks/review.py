"""Review: draws a sheet of rows and rejects for people, and imports their decisions as an input of curation."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from pedigree.dataset.review_decisions import REVIEWABLE, format_review, repeats_decision
from pedigree.dataset.sampling import draw_evenly, shuffle_rows
from pedigree.dataset.schemas import read_table
from pedigree.ids import sha256_of
from pedigree.job import Job
from pedigree.job_outputs import read_rows
from pedigree.metrics.seed_classifier import predict_labels
from pedigree.recipe.yaml_file import set_keys
from pedigree.report.export.csv_sheet import COLUMNS, Sheet, name_column
from pedigree.report.export.review_sheet import read_decisions
from pedigree.report.samples import parse_masked_candidate
from pedigree.system.atomic_write import write_text

DOUBTFUL_SHARE = 0.3  # of a sheet's rows are ones that the seed classifier labels differently, if there are enough
REVIEWED_REASONS = REVIEWABLE - {"surplus", "review"}  # rejects that may be wrong

Evenly = Literal["label", "generator"]


@dataclass(frozen=True)
class ImportedReview:
    """The count of new decisions by kind, and of decisions that the review file already had."""

    path: str
    new: dict[str, int]
    known: int


def draw_sheet(job: Job, rows: int = 100, rejects: int = 30, by: Evenly | None = None) -> list[dict[str, str]]:
    """Return the lines of a sheet: rows, then rejects, without a decision; column ``drawn`` states how each was drawn.

    For 30 % of the rows the seed classifier predicts another label. The others are drawn at random, or evenly over
    labels or generators. Rejects are drawn evenly over those reasons that a person may overrule.
    """
    kept = read_rows(job).filter(~pl.col("row_id").is_in(list(job.review.last)))
    drawn = _draw_rows(job, kept, rows, by)
    order = {label: place for place, label in enumerate(job.recipe.labels)}
    lines = [_show_row(job, row) for row in drawn]
    lines.sort(key=lambda line: (order[line["label"]], line["id"]))
    return lines + [_show_reject(job, row) for row in _draw_rejects(job, rejects)]


def list_columns(job: Job) -> list[str]:
    """Return the columns of a sheet, with the text fields after the label."""
    before = COLUMNS.index("reads_as")
    return [*COLUMNS[:before], *map(name_column, job.recipe.fields), *COLUMNS[before:]]


@task(name="take review", task_run_name="take review", cache_policy=NO_CACHE, persist_result=False)
def take_review(job: Job, sheet: Sheet, name: str) -> ImportedReview:
    """Append a sheet's decisions to the dataset's review file and name this file in the recipe.

    Raises CommandError with every mistake of the sheet ``name`` before anything is written. The caller holds the lock
    of the dataset.
    """
    decisions = read_decisions(job, sheet, name)
    new = [decision for decision in decisions if not repeats_decision(decision, job.review.last.get(decision.row_id))]
    path = job.recipe.review or job.workspace.relative_path(job.workspace.reviews_folder(job.dataset) / "review.jsonl")
    write_text(job.workspace.resolve_inside(path), format_review([*job.review.history, *new]))
    if job.recipe.review is None:
        set_keys(job.workspace.recipe_path(job.dataset), {"review": path})
    counts = Counter(decision.decision for decision in new)
    return ImportedReview(path, dict(sorted(counts.items())), len(decisions) - len(new))


def _draw_rows(job: Job, kept: pl.DataFrame, count: int, by: Evenly | None) -> list[dict[str, Any]]:
    """Return rows with the columns ``reads_as`` and ``drawn``."""
    predicted = predict_labels(job, kept.select(list(job.recipe.fields)).iter_rows(named=True))
    kept = kept.with_columns(reads_as=pl.Series(predicted or [None] * kept.height, dtype=pl.String)).sort("row_id")
    seed = (job.recipe.seed, "review")
    order = draw_evenly(kept, kept.height, [by], *seed, by) if by else shuffle_rows(kept, *seed)
    is_doubtful = (pl.col("reads_as") != pl.col("label")).fill_null(False)
    usual = _count_usual(order.select(is_doubtful).to_series().to_list(), count)
    first = order.head(usual)
    first = first.with_columns(drawn=pl.lit(f"evenly by {by}")) if by else _number_sample(first)
    doubtful = draw_evenly(order[usual:].filter(is_doubtful), count - usual, ["label"], *seed, "doubtful")
    return pl.concat([first, doubtful.with_columns(drawn=pl.lit("read as another label"))]).to_dicts()


def _count_usual(doubtful: list[bool], count: int) -> int:
    """Return how many rows to take from the head of an order, so that doubtful rows after them fill the rest."""
    usual = count - int(count * DOUBTFUL_SHARE)
    left = sum(doubtful[usual:])
    while usual < count and left < count - usual:
        left -= sum(doubtful[usual : usual + 1])
        usual += 1
    return usual


def _number_sample(sample: pl.DataFrame) -> pl.DataFrame:
    """Add column ``drawn`` with the place in the sample, its size and its id, which the accuracy estimate needs."""
    sheet = sha256_of(sample["row_id"].to_list())[:8]
    drawn = [f"at random, {place} of {sample.height}, sheet {sheet}" for place in range(1, sample.height + 1)]
    return sample.with_columns(drawn=pl.Series(drawn, dtype=pl.String))


def _draw_rejects(job: Job, count: int) -> list[dict[str, Any]]:
    rejects = read_table(job.table("rejects"))
    reviewed = rejects.filter(
        pl.col("reason").is_in(sorted(REVIEWED_REASONS))
        & ~pl.col("row_id").is_in(list(job.review.last)).fill_null(True)
    )
    drawn = draw_evenly(reviewed, count, ["reason"], job.recipe.seed, "review", "rejects")
    drawn = drawn.with_columns(drawn=pl.lit("evenly by reason")).sort("reason", "row_id").to_dicts()
    predicted = predict_labels(job, [_read_fields(job, row) for row in drawn]) or [None] * len(drawn)
    return [{**row, "reads_as": label} for row, label in zip(drawn, predicted, strict=True)]


def _read_fields(job: Job, reject: dict[str, Any]) -> dict[str, str]:
    """Return the recipe's fields of a reject, with personal data masked."""
    candidate = parse_masked_candidate(reject["candidate"])
    return {name: candidate.get(name, "") for name in job.recipe.fields}


def _show_row(job: Job, row: dict[str, Any]) -> dict[str, str]:
    fields = {name_column(name): str(row[name]) for name in job.recipe.fields}
    return {"id": row["row_id"], "what": "row", **_show_origin(row), **fields}


def _show_reject(job: Job, row: dict[str, Any]) -> dict[str, str]:
    fields = {name_column(name): text for name, text in _read_fields(job, row).items()}
    return {
        **{"id": row["row_id"], "what": "reject", **_show_origin(row), **fields},
        **{"reason": row["reason"], "detail": row["detail"] or ""},
    }


def _show_origin(row: dict[str, Any]) -> dict[str, str]:
    return {name: row[name] or "" for name in ("label", "reads_as", "generator", "drawn")}
