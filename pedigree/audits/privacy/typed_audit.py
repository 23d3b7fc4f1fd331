"""The audit of rows without texts: copies, nearness and membership by the values of their columns.

A figure that could not be computed is unknown (None), with the reason: it is not "fine".
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import polars as pl

from pedigree.audits.privacy.finding import MOST_PEOPLE, MOST_ROWS, Audit, Finding, describe_sent, say_unknown
from pedigree.audits.privacy.membership import MIN_ROWS, compare_scores
from pedigree.audits.privacy.nearness import measure_nearness
from pedigree.audits.privacy.typed_copies import TypedCopy, TypedOverlap, find_typed_copies
from pedigree.ids import seeded
from pedigree.job import Job
from pedigree.metrics.tables.columns import Table, list_columns, make_table
from pedigree.metrics.tables.features import learn_features

DISTANCE = "the Euclidean distance of the columns: numbers in standard deviations of people's rows, categories one-hot"


def audit_table(job: Job, rows: pl.DataFrame) -> Audit:
    """Audit synthetic rows (columns row_id and the recipe's fields) against the recipe's rows of people."""
    columns = list_columns(job.recipe.fields)
    table = make_table(rows.iter_rows(named=True), columns)
    shown, unseen = (make_table((one.fields for one in side), columns) for side in (job.seeds, job.held_out))
    overlap = find_typed_copies(table, shown)
    findings = [
        describe_sent(job),
        *_describe_copies(job, table, shown, unseen, overlap),
        _describe_nearness(job, table, shown, unseen),
        _describe_membership(job, table, shown, unseen),
        Finding(
            "personal data", "unknown: there are no texts", None, "Looked for in texts.", "Values are not searched."
        ),
    ]
    copies = [_describe_copy(copy, rows, job) for copy in overlap.copies if copy.equal == copy.columns]
    return Audit(job.dataset, len(table), len(shown), len(unseen), findings, copies)


def _describe_copy(copy: TypedCopy, rows: pl.DataFrame, job: Job) -> dict[str, object]:
    source = job.seeds[copy.source]
    return {
        "row_id": rows["row_id"][copy.row],
        "line": source.line,
        "equal": copy.equal,
        "columns": copy.columns,
        "text": _join(rows.select(*job.recipe.fields).row(copy.row, named=True)),
        "source": _join(source.fields),
    }


def _join(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {'null' if value is None else value}" for name, value in values.items())


def _describe_copies(job: Job, rows: Table, shown: Table, unseen: Table, found: TypedOverlap) -> Iterable[Finding]:
    """Yield what is said of equal rows, and of rows equal in all values but one, beside as many held-out rows."""
    few = say_unknown(shown, unseen)
    usual = find_typed_copies(rows, unseen)
    beside = f"; {usual.whole:,} of held-out rows, which no model saw" if len(unseen) else ""
    yield Finding(
        "copies",
        f"{found.whole:,} of {found.rows:,} rows{beside}" if len(shown) else "unknown: no row of people was shown",
        bool(found.whole) if len(shown) else None,
        "Rows that have all values of a row that was shown, numbers in the precision of people's rows.",
        "Columns with few different values make equal rows by chance: compare with held-out rows.",
    )
    of_each = min(len(shown), len(unseen))
    near = [find_typed_copies(rows, _draw(side, of_each, job, "copies")).all_but_one for side in (shown, unseen)]
    figure = f"{near[0]:,} of {found.rows:,} rows with shown rows, {near[1]:,} with as many held-out rows ({of_each:,})"
    yield Finding(
        "all values but one",
        figure if of_each else few,
        near[0] > near[1] if of_each else None,
        "Rows that differ from a row of people in one value.",
        "A small difference between the two counts may be chance.",
    )


def _describe_nearness(job: Job, rows: Table, shown: Table, unseen: Table) -> Finding:
    means = "The share of rows whose nearest row of people was shown (DCR). 50 % if being shown makes no difference."
    limits = f"Distance is {DISTANCE}. A share within chance is no proof of privacy."
    if not (len(rows) and len(shown) and len(unseen)):
        return Finding("nearness", say_unknown(shown, unseen), None, means, limits)
    sides = [_draw(side, MOST_PEOPLE, job, "people") for side in (shown, unseen)]
    space = learn_features(sides[0].stack(sides[1]))
    vectors = [space.embed(one) for one in (_draw(rows, MOST_ROWS, job, "rows"), *sides)]
    found = measure_nearness(*vectors, job.recipe.seed, measure_closeness)
    if found is None:
        return Finding("nearness", say_unknown(shown, unseen), None, means, limits)
    ratios = ""
    if found.shown_ratio is not None and found.unseen_ratio is not None:
        ratios = f"; nearest / second nearest {found.shown_ratio:.2f}, of held-out rows {found.unseen_ratio:.2f}"
    figure = (
        f"{found.share:.1%} of {found.rows:,} rows (by chance {found.low:.1%} to {found.high:.1%}), "
        f"{found.of_each:,} rows of people each{ratios}"
    )
    return Finding("nearness", figure, found.share > found.high, means, limits)


def measure_closeness(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return 1 less the distance of each pair of feature vectors."""
    from sklearn.metrics import pairwise_distances

    return 1 - pairwise_distances(one, other)


def _describe_membership(job: Job, rows: Table, shown: Table, unseen: Table) -> Finding:
    means = "How well the distance to the nearest row tells which rows of people were shown (AUC); 0.5 is chance."
    limits = "A weak attack: a stronger one may find more. Shown and held-out rows must come from the same source."
    if min(len(shown), len(unseen)) < MIN_ROWS or not len(rows):
        few = f"unknown: it needs {MIN_ROWS} rows that were shown and {MIN_ROWS} held-out ones"
        return Finding("membership", few, None, means, limits)
    sides = [_draw(side, MOST_PEOPLE, job, "people") for side in (shown, unseen)]
    space = learn_features(sides[0].stack(sides[1]))
    known = space.embed(_draw(rows, MOST_ROWS, job, "rows"))
    scores = [measure_closeness(space.embed(side), known).max(axis=1) for side in sides]
    found = compare_scores(scores[0], scores[1], job.recipe.seed)
    figure = (
        f"{found.auc:.3f} (95 % interval {found.low:.3f} to {found.high:.3f}), "
        f"{found.shown:,} shown and {found.unseen:,} held-out rows"
    )
    return Finding("membership", figure, found.low > 0.5, means, limits)


def _draw(table: Table, most: int, job: Job, of: str) -> Table:
    """Return at most so many rows, drawn by the recipe's seed, in their order."""
    if len(table) <= most:
        return table
    return table.take(np.array(sorted(seeded(job.recipe.seed, "audit", of).sample(range(len(table)), most)), int))
