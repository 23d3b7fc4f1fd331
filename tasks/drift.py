"""Checks drift: compares the rows that a grown version adds with the rows of the version that it grew from."""

from collections import Counter
from collections.abc import Iterator, Mapping

import polars as pl

from pedigree.dataset.results import GateResult
from pedigree.dataset.sampling import draw_rows
from pedigree.dataset.schemas import read_table, stratum_of
from pedigree.job import Job
from pedigree.job_outputs import join_texts
from pedigree.metrics.drift import DriftTest, Shift
from pedigree.metrics.label_distance import measure_distance
from pedigree.metrics.seed_classifier import predict_labels
from tasks.parse import order_for_curation

MAX_ROWS = 2000  # of the base and of the added rows: takes seconds
CLAIMS = {  # of rows that do not drift, and of rows that do
    "labels": ("have the", "do not have the", "labels of the version before (total-variation distance)"),
    "labels_read": ("have the", "do not have the", "predicted labels of the version before (total-variation distance)"),
    "lengths": (
        "have the",
        "do not have the",
        "lengths of the version before (Kolmogorov-Smirnov statistic of the characters)",
    ),
    "vocabulary": ("have the", "do not have the", "words of the version before (Jensen-Shannon divergence)"),
    "diversity": ("are as", "are not as", "diverse as the version before (share of distinct-2 that is lost)"),
}


def check_drift(job: Job, rows: pl.DataFrame) -> list[GateResult]:
    """Return a critical gate per measure of drift that the recipe limits; empty for a version that did not grow.

    ``rows`` are those of both splits. Raises WorkspaceError if prompts or completions are missing.
    """
    if not job.recipe.grown_from or rows.is_empty():
        return []
    marked = mark_added(job, rows)
    synthetic = marked.drop_nulls("completion_id")  # real rows say nothing about a model
    real_counts = Counter(marked.filter(pl.col("completion_id").is_null())["label"])
    base, added = synthetic.filter(~pl.col("added")), synthetic.filter(pl.col("added"))
    if base.is_empty() or added.is_empty():
        return []
    sample = pl.concat(draw_rows(part, MAX_ROWS, job.recipe.seed, "drift") for part in (base, added)).sort("row_id")
    shifts = {"labels": _compare_labels(job, base, added, real_counts), **dict(_compare_texts(job, sample))}
    limits = job.recipe.drift.model_dump()
    return [
        _make_gate(job, name, shift, limits[name], added.height)
        for name, shift in shifts.items()
        if limits[name] is not None
    ]


def mark_added(job: Job, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows sorted by id with a column ``added``: False for those of the version that the dataset grew from.

    These are the first of each label, in each of several languages, in the order of curation (real rows first), as
    balancing selected them.
    """
    before, stratum = job.recipe.stratum_steps[-2], stratum_of(job.recipe)
    ordered = order_for_curation(read_table(job.table("prompts")), read_table(job.table("completions")), job.recipe)
    place = ordered.select("completion_id").with_row_index("place")
    return (
        rows.join(place, on="completion_id", how="left")
        .sort("place", "position")
        .with_columns(added=pl.int_range(pl.len()).over(stratum) >= stratum.replace_strict(before, default=0))
        .drop("place")
        .sort("row_id")
    )


def _compare_labels(job: Job, base: pl.DataFrame, added: pl.DataFrame, real_counts: Mapping[str, int]) -> Shift:
    """Compare the kept labels; a change that the recipe's shares, in whole rows, require is no drift.

    ``real_counts`` are the real rows by label, which are on neither side.
    """
    now, before = (dict(part["label"].value_counts().iter_rows()) for part in (added, base))
    wanted = job.recipe.targets
    wanted_before = {label: max(0, rows - real_counts.get(label, 0)) for label, rows in job.recipe.steps[-2].items()}
    wanted_now = {label: wanted[label] - real_counts.get(label, 0) - wanted_before[label] for label in wanted}

    def measure(counts: dict[str, int], others: dict[str, int]) -> float:
        return measure_distance(counts, {name: rows / sum(others.values()) for name, rows in others.items()})

    shares = {
        label: (now.get(label, 0) / added.height, before.get(label, 0) / base.height) for label in job.recipe.labels
    }
    most = max(shares, key=lambda label: abs(shares[label][0] - shares[label][1]))
    detail = f"{most} {shares[most][0]:.0%}, before {shares[most][1]:.0%}"
    return Shift(measure(now, before), measure(wanted_now, wanted_before), detail)


def _compare_texts(job: Job, sample: pl.DataFrame) -> Iterator[tuple[str, Shift]]:
    labels, completions = sample["label"].to_list(), sample["completion_id"].to_list()
    test = DriftTest(sample["added"].to_numpy(), labels, completions, job.recipe.seed)
    predicted = predict_labels(job, sample.select(list(job.recipe.fields)).iter_rows(named=True))
    if predicted is not None:
        yield "labels_read", test.compare_classes(pl.Series(predicted))
    if job.recipe.text_fields:
        texts = join_texts(sample, job.recipe)
        yield "lengths", test.compare_lengths(texts)
        yield "vocabulary", test.compare_vocabulary(texts)
        yield "diversity", test.compare_diversity(texts)


def _make_gate(job: Job, name: str, shift: Shift, limit: float, rows: int) -> GateResult:
    figure, base = shift.beyond, job.recipe.grown_from[-1].version
    passed = figure <= limit
    holds, differs, what = CLAIMS[name]
    return GateResult(
        name=f"drift: {name.replace('_', ' as ')}",
        severity="critical",
        passed=passed,
        figure=figure,
        limit=limit,
        message=f"The {rows:,} rows added to {base} {holds if passed else differs} {what}: {figure:.4g} beyond chance, "
        f"{'' if passed else 'expected '}at most {limit:.4g} ({shift.distance:.4g}, of which chance explains "
        f"{shift.chance:.4g}; {shift.detail})",
    )
