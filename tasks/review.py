"""Review: draws a sheet of rows and rejects for people, and imports their decisions as an input of curation."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from pedigree.dataset.review_decisions import REVIEWABLE, Review, format_review, repeats_decision
from pedigree.dataset.sampling import draw_evenly, draw_within, shuffle_rows
from pedigree.dataset.schemas import read_table
from pedigree.ids import sha256_of
from pedigree.job import Job
from pedigree.job_outputs import read_rows
from pedigree.metrics.review.agreement import Agreement, compare_people, find_agreements, read_verdict
from pedigree.metrics.seed_classifier import predict_labels
from pedigree.recipe.yaml_file import set_keys
from pedigree.report.export.csv_sheet import COLUMNS, Sheet, name_column
from pedigree.report.export.review_sheet import is_open, read_decisions
from pedigree.report.samples import parse_masked_candidate, read_marked_row
from pedigree.system.atomic_write import write_text
from tasks.ui.step import step

DOUBTFUL_SHARE = 0.3  # of a sheet's rows are ones that the seed classifier labels differently, if there are enough
REVIEWED_REASONS = REVIEWABLE - {"surplus", "review"}  # rejects that may be wrong

Evenly = Literal["label", "generator"]


@dataclass(frozen=True)
class ImportedReview:
    """The count of new decisions by kind, of decisions that the review file already had, and how far people agree.

    ``open`` counts the sheet's rows drawn at random that have no decision.
    """

    path: str
    new: dict[str, int]
    known: int
    open: int
    agreements: list[Agreement]


def draw_sheet(job: Job, rows: int = 100, rejects: int = 30, by: Evenly | None = None) -> list[dict[str, str]]:
    """Return the lines of a sheet: rows, then rejects, without a decision; column ``drawn`` states how each was drawn.

    For 30 % of the rows the seed classifier predicts another label. The others are drawn at random, or evenly over
    labels or generators. Rejects are drawn evenly over those reasons that a person may overrule.
    """
    drawn = _draw_rows(job, _read_undecided(job), rows, by)
    order = {label: place for place, label in enumerate(job.recipe.labels)}
    lines = [_show_row(job, row) for row in drawn]
    lines.sort(key=lambda line: (order[line["label"]], line["id"]))
    return lines + draw_rejects(job, rejects)


def draw_sample(job: Job, rows: int) -> list[dict[str, str]]:
    """Return the lines of a sheet of rows alone, drawn at random within their labels and in random order.

    Column ``drawn`` states each row's place in the sample and in its label, and of how many rows. No line says what
    the seed classifier predicts, so that nobody follows it.
    """
    undecided = _read_undecided(job).sort("row_id")
    sample = draw_within(undecided, rows, "label", job.recipe.seed, "review", "sample")
    of_label = dict(undecided["label"].value_counts().iter_rows())
    numbered = _number_sample(sample.with_columns(reads_as=pl.lit(None, dtype=pl.String))).with_columns(
        drawn=pl.concat_str(
            "drawn",
            pl.lit("; of its label "),
            pl.int_range(1, pl.len() + 1).over("label"),
            pl.lit(" of "),
            pl.col("label").replace_strict(of_label, return_dtype=pl.Int64),
        )
    )
    return [_show_row(job, row) for row in numbered.iter_rows(named=True)]


def draw_rejects(job: Job, count: int) -> list[dict[str, str]]:
    """Return the lines of rejects that a person may overrule, drawn evenly over their reasons."""
    rejects = read_table(job.table("rejects"))
    reviewed = rejects.filter(
        pl.col("reason").is_in(sorted(REVIEWED_REASONS))
        & ~pl.col("row_id").is_in(list(job.review.last)).fill_null(True)
    )
    drawn = draw_evenly(reviewed, count, ["reason"], job.recipe.seed, "review", "rejects")
    drawn = drawn.with_columns(drawn=pl.lit("evenly by reason")).sort("reason", "row_id").to_dicts()
    predicted = predict_labels(job, [_read_fields(job, row) for row in drawn]) or [None] * len(drawn)
    return [_show_reject(job, {**row, "reads_as": label}) for row, label in zip(drawn, predicted, strict=True)]


def list_columns(job: Job) -> list[str]:
    """Return the columns of a sheet, with the text fields after the label."""
    before = COLUMNS.index("reads_as")
    return [*COLUMNS[:before], *map(name_column, job.recipe.fields), *COLUMNS[before:]]


@step("take review")
def take_review(job: Job, sheet: Sheet, name: str) -> ImportedReview:
    """Append a sheet's decisions to the dataset's review file and name this file in the recipe.

    Raises CommandError with every mistake of the sheet ``name`` before anything is written. The caller holds the lock
    of the dataset.
    """
    decisions = read_decisions(job, sheet, name)
    new = [decision for decision in decisions if not repeats_decision(decision, job.review.last.get(decision.row_id))]
    path = job.recipe.review or job.workspace.relative_path(job.workspace.reviews_folder(job.dataset) / "review.jsonl")
    history = [*job.review.history, *new]
    write_text(job.workspace.resolve_inside(path), format_review(history))
    if job.recipe.review is None:
        set_keys(job.workspace.recipe_path(job.dataset), {"review": path})
    counts = Counter(decision.decision for decision in new)
    people = {decision.who for decision in decisions}
    agreements = [one for one in find_agreements(Review(history)) if people & {*one.people}]
    still_open = sum(is_open(line) for line in sheet.lines)
    return ImportedReview(path, dict(sorted(counts.items())), len(decisions) - len(new), still_open, agreements)


def compare_sheets(job: Job, sheets: Sequence[tuple[str, Sheet]]) -> Agreement:
    """Return how far two filled sheets agree on the rows that both decided; nothing is taken.

    Raises CommandError with every mistake of a sheet.
    """
    found = [read_decisions(job, sheet, name) for name, sheet in sheets]
    one, other = ({decision.row_id: read_verdict(decision) for decision in part} for part in found)
    who = [", ".join(sorted({decision.who for decision in part})) for part in found]
    names = who if who[0] != who[1] else [name for name, _ in sheets]
    return compare_people(one, other, (names[0], names[1]))


def _read_undecided(job: Job) -> pl.DataFrame:
    return read_rows(job).filter(~pl.col("row_id").is_in(list(job.review.last)))


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


def _read_fields(job: Job, reject: dict[str, Any]) -> dict[str, str]:
    """Return the recipe's fields of a reject, with personal data masked."""
    candidate = parse_masked_candidate(reject["candidate"])
    return {name: candidate.get(name, "") for name in job.recipe.fields}


def _show_row(job: Job, row: dict[str, Any]) -> dict[str, str]:
    fields = {name_column(name): text for name, text in read_marked_row(row, job).items()}
    return {"id": row["row_id"], "what": "row", **_show_origin(row), **fields}


def _show_reject(job: Job, row: dict[str, Any]) -> dict[str, str]:
    fields = {name_column(name): text for name, text in _read_fields(job, row).items()}
    return {
        **{"id": row["row_id"], "what": "reject", **_show_origin(row), **fields},
        **{"reason": row["reason"], "detail": row["detail"] or ""},
    }


def _show_origin(row: dict[str, Any]) -> dict[str, str]:
    return {name: row[name] or "" for name in ("label", "reads_as", "generator", "drawn")}
