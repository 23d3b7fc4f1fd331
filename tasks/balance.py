"""Balance: exactly the rows wanted of each label, split into train and validation."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from pedigree.curation.coverage import Vectors
from pedigree.curation.scenarios.reserved_rows import list_reserved
from pedigree.curation.selection import choose_rows, name_cells
from pedigree.curation.similarity.minhash import group_similar
from pedigree.curation.similarity.shingles import fold_rows
from pedigree.curation.spans.lacking import split_lacking
from pedigree.curation.split import choose_validation, join_groups
from pedigree.dataset.rejects import make_rejects
from pedigree.dataset.review_decisions import Review
from pedigree.dataset.schemas import LABELS, rows_schema, stratum_of
from pedigree.job import Job
from pedigree.recipe.judge import AGREED
from pedigree.recipe.label_sets.names import split_labels
from pedigree.recipe.schema import COVERAGE, REAL, Recipe
from tasks.ui.step import step

FEATURES = "TF-IDF"  # what a choice by coverage compares; told with each row that was not chosen
_IS_REAL = pl.col("completion_id").is_null()


@dataclass(frozen=True)
class Balanced:
    """Both splits (schemas.rows_schema, by row id); surplus, and what people rejected, as rejects (schemas.REJECTS)."""

    train: pl.DataFrame
    validation: pl.DataFrame
    rejects: pl.DataFrame


@step("balance", "choose the rows")
def balance(job: Job, kept: pl.DataFrame, prompts: pl.DataFrame | None = None) -> Balanced:
    """Take the rows wanted of each label, in each of several languages, and split them.

    Those are the first in the order of curation or, where the recipe says so, those that cover all of them best; the
    latter needs the table ``prompts``. A label with too few rows keeps what it has. Review decisions apply: rejected
    rows are out, a relabelled row counts for its new label, and real, accepted and relabelled rows come first. Rows
    that are at least ``split.similar`` alike, directly or through other rows, stay on one side, as do a real row and
    its rewrites. The split depends on the seed and row ids only, not on the order of ``kept``; decisions about other
    rows do not move a row.
    """
    reviewed, rejected = job.review.apply(kept)
    reviewed, lacking = split_lacking(reviewed, job.recipe)
    if lacking.height:
        kept = kept.filter(~pl.col("row_id").is_in(lacking["row_id"].to_list()))
    taken = _take_phases(job, kept, prompts)
    is_taken = pl.col("row_id").is_in(list(taken[-1]["row_id"]))
    rows, over = reviewed.filter(is_taken), reviewed.filter(~is_taken)
    by_coverage = f"; the rows are chosen by coverage ({FEATURES})" if job.recipe.selection == COVERAGE else ""
    over = over.with_columns(
        reason=pl.lit("surplus"),
        detail=pl.format(
            "{} rows of {} were wanted{}",
            _find_wanted(job.recipe.stratum_targets, job.recipe),
            stratum_of(job.recipe),
            pl.lit(by_coverage),
        ),
    )
    validation = pl.col("row_id").is_in(list(_choose_validation(job, taken)))
    rows = _forget_verdicts(job, rows)
    if job.recipe.labels_per_row is not None:
        members = {name: split_labels(name) for name in job.recipe.labels}
        rows = rows.with_columns(pl.col("label").replace_strict(members, return_dtype=pl.List(pl.String)).alias(LABELS))
    rows = rows.with_columns(_IS_REAL.alias(REAL), weight=pl.lit(1.0)).select(*rows_schema(job.recipe)).sort("row_id")
    rejects = pl.concat([make_rejects(rejected, job.recipe), lacking, make_rejects(over, job.recipe)])
    return Balanced(rows.filter(~validation), rows.filter(validation), rejects)


def _forget_verdicts(job: Job, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with the column ``agreed``: null for real rows, and for those that people gave another label."""
    judged = pl.col(AGREED) if AGREED in rows.columns else pl.lit(None, pl.Boolean)
    relabelled = [one.row_id for one in job.review.last.values() if one.new_label is not None]
    return rows.with_columns(pl.when(~pl.col("row_id").is_in(relabelled)).then(judged).alias(AGREED))


def _find_wanted(targets: Mapping[str, int], recipe: Recipe) -> pl.Expr:
    return stratum_of(recipe).replace_strict(targets, default=0, return_dtype=pl.Int64)


def _find_place(trusted: Collection[str], reserved: Collection[str], stratum: pl.Expr) -> pl.Expr:
    """Return each row's place in its stratum, from 1: those that people wrote or accepted first, then reserved ones."""
    accepted = pl.col("row_id").is_in(list(trusted)) | _IS_REAL
    second = pl.col("row_id").is_in(list(reserved)) & ~accepted
    third = ~accepted & ~second
    own, own_second, own_third = (is_one.cum_sum().over(stratum) for is_one in (accepted, second, third))
    before, both = accepted.sum().over(stratum), (accepted | second).sum().over(stratum)
    place = pl.when(accepted).then(own).when(second).then(before + own_second).otherwise(both + own_third)
    return place.cast(pl.Int64)


def _take_phases(job: Job, kept: pl.DataFrame, prompts: pl.DataFrame | None) -> list[pl.DataFrame]:
    """Return the rows that are taken in each phase: by each version that the dataset grew from, and after each sheet.

    Neither growth nor a decision about other rows takes out a row that was chosen by coverage before.
    """
    steps, taken, chosen = job.recipe.stratum_steps, [], frozenset[str]()
    by_coverage = job.recipe.selection == COVERAGE
    if by_coverage and prompts is None:
        raise ValueError("a choice by coverage needs the table of prompts")
    kept = name_cells(kept, prompts) if by_coverage and prompts is not None else kept
    for number, take in job.review.list_phases(len(steps)):
        rows, review = job.review.view_at(kept, take)
        if by_coverage:
            chosen = _choose_by_coverage(job, rows, review, number, chosen)
            taken.append(rows.filter(pl.col("row_id").is_in(list(chosen))))
        else:
            trusted = _list_trusted(rows, review)
            reserved = list_reserved(rows, job.recipe, steps[number], trusted)
            rows = rows.with_columns(place=_find_place(review.trusted, reserved, stratum_of(job.recipe)))
            taken.append(rows.filter(pl.col("place") <= _find_wanted(steps[number], job.recipe)))
    return taken


def _choose_by_coverage(
    job: Job, rows: pl.DataFrame, review: Review, step: int, before: Collection[str]
) -> frozenset[str]:
    """Return the ids chosen at a step from the rows that there were then; those chosen before come first."""
    if step < len(job.recipe.grown_from):
        rows = rows.filter(pl.col("round") <= (job.recipe.grown_from[step].rounds or 0))
    trusted = _list_trusted(rows, review)
    first = [*sorted(trusted), *sorted(before)]
    first += list_reserved(rows.sort("row_id"), job.recipe, job.recipe.stratum_steps[step], first)
    rows = rows.with_columns(stratum_of(job.recipe).alias("stratum"))
    return choose_rows(rows, job.recipe.stratum_steps[step], first, lambda part: _embed(job, part))


def _list_trusted(rows: pl.DataFrame, review: Review) -> list[str]:
    return rows.filter(pl.col("row_id").is_in(list(review.trusted)) | _IS_REAL)["row_id"].to_list()


def _embed(job: Job, rows: pl.DataFrame) -> Vectors:
    from pedigree.metrics.text_classifier import text_of  # with scikit-learn, which a choice by arrival does not need
    from pedigree.metrics.tfidf import embed_tfidf

    return embed_tfidf([text_of(fields) for fields in rows.select(*job.recipe.fields).iter_rows(named=True)])


def _choose_validation(job: Job, taken: Sequence[pl.DataFrame]) -> frozenset[str]:
    """Return the validation rows; ``taken`` are the rows of each phase.

    Those of each version that the dataset grew from, and those that there were before each sheet that was taken, are
    chosen as they were then: neither growth nor a decision moves another row to the other side.
    """
    chosen: frozenset[str] = frozenset()
    decided: dict[str, bool] = {}
    for part in taken:
        labels = dict(part.select("row_id", stratum_of(job.recipe).alias("stratum")).iter_rows())
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
