"""Drift gates: the rows that a grown version adds, against the rows of the version that it grew from."""

from collections import Counter
from collections.abc import Iterator, Mapping

import polars as pl

from pedigree.dataset.results import GateResult
from pedigree.dataset.sampling import draw_rows
from pedigree.dataset.schemas import read_table
from pedigree.job import Job
from pedigree.job_outputs import join_texts
from pedigree.metrics.drift import DriftTest, Shift
from pedigree.metrics.label_distance import measure_distance
from pedigree.metrics.text_classifier import text_of, train_classifier
from tasks.parse import order_for_curation

MAX_ROWS = 2000  # of the base and of what was added: enough to tell, and some seconds at most
SAYS = {
    "labels": "have the labels of the version before (total-variation distance)",
    "labels_read": "are read by a student of the seeds as the labels of the version before (total-variation distance)",
    "lengths": "are as long as those of the version before (Kolmogorov-Smirnov statistic of the characters)",
    "vocabulary": "use the words of the version before (Jensen-Shannon divergence)",
    "diversity": "are as diverse as those of the version before (share of distinct-2 that is lost)",
}


def check_drift(job: Job, rows: pl.DataFrame) -> list[GateResult]:
    """Return a critical gate for each measure of drift that the recipe limits; none for a version that grew from nothing.

    ``rows`` are those of both splits. Raises WorkspaceError where prompts or completions are absent.
    """
    if not job.recipe.grown_from or rows.is_empty():
        return []
    marked = mark_added(job, rows)
    made = marked.drop_nulls("completion_id")  # what people wrote is no measure of what a model writes
    there = Counter(marked.filter(pl.col("completion_id").is_null())["label"])
    base, added = made.filter(~pl.col("added")), made.filter(pl.col("added"))
    if base.is_empty() or added.is_empty():
        return []
    sample = pl.concat(draw_rows(part, MAX_ROWS, job.recipe.seed, "drift") for part in (base, added)).sort("row_id")
    shifts = {"labels": _compare_labels(job, base, added, there), **dict(_compare_texts(job, sample))}
    return [
        _make_gate(job, name, shift, added.height) for name, shift in shifts.items() if _limit(job, name) is not None
    ]


def mark_added(job: Job, rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows by id with a column ``added``: False for those that the version wanted which the dataset grew from.

    Of each label these come first in the order of curation, real rows before all, as balancing took them then.
    """
    before = job.recipe.steps[-2]
    asked = order_for_curation(read_table(job.table("prompts")), read_table(job.table("completions")), job.recipe)
    place = asked.select("completion_id").with_row_index("place")
    return (
        rows.join(place, on="completion_id", how="left")
        .sort("place", "position")
        .with_columns(added=pl.int_range(pl.len()).over("label") >= pl.col("label").replace_strict(before, default=0))
        .drop("place")
        .sort("row_id")
    )


def _compare_labels(job: Job, base: pl.DataFrame, added: pl.DataFrame, there: Mapping[str, int]) -> Shift:
    """Compare the labels as kept; what the recipe's shares, in whole rows, ask of the added rows is no drift.

    ``there`` counts the real rows, which neither side holds.
    """
    now, before = (dict(part["label"].value_counts().iter_rows()) for part in (added, base))
    wanted = job.recipe.targets
    wanted_before = {label: max(0, rows - there.get(label, 0)) for label, rows in job.recipe.steps[-2].items()}
    asked = {label: wanted[label] - there.get(label, 0) - wanted_before[label] for label in wanted}

    def measure(counts: dict[str, int], others: dict[str, int]) -> float:
        return measure_distance(counts, {name: rows / sum(others.values()) for name, rows in others.items()})

    shares = {
        label: (now.get(label, 0) / added.height, before.get(label, 0) / base.height) for label in job.recipe.labels
    }
    most = max(shares, key=lambda label: abs(shares[label][0] - shares[label][1]))
    says = f"{most} {shares[most][0]:.0%}, before {shares[most][1]:.0%}"
    return Shift(measure(now, before), measure(asked, wanted_before), says)


def _compare_texts(job: Job, sample: pl.DataFrame) -> Iterator[tuple[str, Shift]]:
    comparison = DriftTest(sample["added"].to_numpy(), sample["label"], sample["completion_id"], job.recipe.seed)
    if len({seed.label for seed in job.seeds}) > 1:
        student = train_classifier(
            [text_of(seed.fields) for seed in job.seeds], [seed.label for seed in job.seeds], job.recipe.seed
        )
        read = student.predict([text_of(row) for row in sample.select(list(job.recipe.fields)).iter_rows(named=True)])
        yield "labels_read", comparison.compare_classes(pl.Series(read.tolist()))
    if job.recipe.text_fields:
        texts = join_texts(sample, job.recipe)
        yield "lengths", comparison.compare_lengths(texts)
        yield "vocabulary", comparison.compare_vocabulary(texts)
        yield "diversity", comparison.compare_diversity(texts)


def _make_gate(job: Job, name: str, shift: Shift, rows: int) -> GateResult:
    figure, limit, base = shift.beyond, _limit(job, name), job.recipe.grown_from[-1].version
    return GateResult(
        name=f"drift: {name.replace('_', ' as ')}",
        severity="critical",
        passed=figure <= limit,
        figure=figure,
        limit=limit,
        message=(
            f"The {rows:,} rows added to {base} {SAYS[name]}: {figure:.4g} beyond chance, at most {limit:.4g} "
            f"({shift.distance:.4g}, of which chance explains {shift.chance:.4g}; {shift.detail})"
        ),
    )


def _limit(job: Job, name: str) -> float | None:
    return getattr(job.recipe.drift, name)
