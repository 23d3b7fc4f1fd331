"""Review: a sheet of rows and rejects for people to look at; what they decided becomes an input of curation."""

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
from pedigree.report.samples import read_candidate
from pedigree.system.atomic_write import write_text

DOUBTFUL_SHARE = 0.3  # of a sheet's rows, where the student reads so many as another label
JUDGED = REVIEWABLE - {"surplus", "review"}  # rejects that somebody may find wrongly rejected

Evenly = Literal["label", "generator"]


@dataclass(frozen=True)
class Taken:
    """What a sheet added: its decisions by kind, and how many of the sheet were known already."""

    path: str
    new: dict[str, int]
    known: int


def draw_sheet(job: Job, rows: int = 100, rejects: int = 30, by: Evenly | None = None) -> list[dict[str, str]]:
    """Return the lines of a sheet: rows, then rejects, that nobody has decided on; each says how it was drawn.

    Three in ten rows are such that a student of the seeds reads them as another label. The others are drawn at random,
    or evenly over labels or generators. Rejects are drawn evenly over reasons, of those that a person may accept.
    """
    kept = read_rows(job).filter(~pl.col("row_id").is_in(list(job.review.last)))
    drawn = _draw_rows(job, kept, rows, by)
    order = {label: place for place, label in enumerate(job.recipe.labels)}
    lines = [_show_row(job, row) for row in drawn]
    lines.sort(key=lambda line: (order[line["label"]], line["id"]))
    return lines + [_show_reject(job, row) for row in _draw_rejects(job, rejects)]


def list_columns(job: Job) -> list[str]:
    """Return the columns of a sheet, the texts after the label."""
    before = COLUMNS.index("reads_as")
    return [*COLUMNS[:before], *map(name_column, job.recipe.fields), *COLUMNS[before:]]


@task(name="take review", task_run_name="take review", cache_policy=NO_CACHE, persist_result=False)
def take_review(job: Job, sheet: Sheet, name: str) -> Taken:
    """Add a sheet's decisions to the dataset's review file and name it in the recipe; what it said before stays in it.

    Raises CommandError, with every mistake of the sheet ``name``, before anything is written. The caller holds the lock
    of the dataset.
    """
    decisions = read_decisions(job, sheet, name)
    new = [one for one in decisions if not repeats_decision(one, job.review.last.get(one.row_id))]
    path = job.recipe.review or job.workspace.relative_path(job.workspace.reviews_folder(job.dataset) / "review.jsonl")
    write_text(job.workspace.resolve_inside(path), format_review([*job.review.history, *new]))
    if job.recipe.review is None:
        set_keys(job.workspace.recipe_path(job.dataset), {"review": path})
    return Taken(path, dict(sorted(Counter(one.decision for one in new).items())), len(decisions) - len(new))


def _draw_rows(job: Job, kept: pl.DataFrame, most: int, by: Evenly | None) -> list[dict[str, Any]]:
    """Return rows with the columns ``reads_as`` and ``drawn``."""
    read = predict_labels(job, kept.select(list(job.recipe.fields)).iter_rows(named=True))
    kept = kept.with_columns(reads_as=pl.Series(read or [None] * kept.height, dtype=pl.String)).sort("row_id")
    seed = (job.recipe.seed, "review")
    order = draw_evenly(kept, kept.height, [by], *seed, by) if by else shuffle_rows(kept, *seed)
    is_doubtful = (pl.col("reads_as") != pl.col("label")).fill_null(False)
    usual = _count_usual(order.select(is_doubtful).to_series().to_list(), most)
    first = order.head(usual)
    first = first.with_columns(drawn=pl.lit(f"evenly by {by}")) if by else _number(first)
    doubtful = draw_evenly(order[usual:].filter(is_doubtful), most - usual, ["label"], *seed, "doubtful")
    return pl.concat([first, doubtful.with_columns(drawn=pl.lit("read as another label"))]).to_dicts()


def _count_usual(doubtful: list[bool], most: int) -> int:
    """Return how many rows to take from the head of an order, so that doubtful ones after these make up the rest."""
    usual = most - int(most * DOUBTFUL_SHARE)
    left = sum(doubtful[usual:])
    while usual < most and left < most - usual:
        left -= sum(doubtful[usual : usual + 1])
        usual += 1
    return usual


def _number(sample: pl.DataFrame) -> pl.DataFrame:
    """Name the sample that each row was drawn with, so that its size is known when it comes back."""
    sheet = sha256_of(sample["row_id"].to_list())[:8]
    drawn = [f"at random, {place} of {sample.height}, sheet {sheet}" for place in range(1, sample.height + 1)]
    return sample.with_columns(drawn=pl.Series(drawn, dtype=pl.String))


def _draw_rejects(job: Job, most: int) -> list[dict[str, Any]]:
    rejects = read_table(job.table("rejects"))
    judged = rejects.filter(
        pl.col("reason").is_in(sorted(JUDGED)) & ~pl.col("row_id").is_in(list(job.review.last)).fill_null(True)
    )
    drawn = draw_evenly(judged, most, ["reason"], job.recipe.seed, "review", "rejects")
    drawn = drawn.with_columns(drawn=pl.lit("evenly by reason")).sort("reason", "row_id").to_dicts()
    said = predict_labels(job, [_read_fields(job, row) for row in drawn]) or [None] * len(drawn)
    return [{**row, "reads_as": label} for row, label in zip(drawn, said, strict=True)]


def _read_fields(job: Job, reject: dict[str, Any]) -> dict[str, str]:
    """Return what a reject says in the recipe's fields, personal data masked."""
    says = read_candidate(reject["candidate"])
    return {name: says.get(name, "") for name in job.recipe.fields}


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
