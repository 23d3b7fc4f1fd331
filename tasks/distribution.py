"""Counts what became of each label: wanted, made, kept and predicted."""

from collections import Counter

import polars as pl

from pedigree.dataset.rejects import IS_CANDIDATE
from pedigree.dataset.results import Distribution, GeneratorCount, LabelCount, write_result
from pedigree.dataset.schemas import read_table
from pedigree.job import Job
from pedigree.job_outputs import read_rows
from pedigree.metrics.label_distance import find_g_test_p, measure_distance
from pedigree.metrics.seed_classifier import predict_labels
from pedigree.recipe.judge import AGREED
from tasks.ui.step import step


@step("check labels")
def check_labels(job: Job) -> Distribution:
    """Write ``distribution.json``: the labels as made, as kept and as read, from the tables on disk.

    Made are the kept rows and the rejected candidates, real rows included. Read are the labels that a classifier
    trained on the seeds predicts for the kept rows; null if the seeds have fewer than two labels.
    """
    rows, rejects = read_rows(job), read_table(job.table("rejects"))
    is_candidate = (IS_CANDIDATE & pl.col("label").is_in(list(job.recipe.labels))).fill_null(False)
    rejected, unassigned = rejects.filter(is_candidate), rejects.filter(~is_candidate)

    shares = {name: label.share for name, label in job.recipe.labels.items()}
    kept = _count(rows, "label")
    made = kept + _count(rejected, "label")
    predicted = _count_predicted(job, rows)
    distribution = Distribution(
        labels=_count_labels(job, rows, rejected, predicted),
        generators=_count_generators(job, rows, rejected),
        unassigned=_sort_keys(_count(unassigned, "reason")),
        distance_made=measure_distance(made, shares),
        distance_kept=measure_distance(kept, shares),
        distance_read=None if predicted is None else measure_distance(predicted, shares),
        g_test_p=find_g_test_p(kept, shares),
    )
    write_result(distribution, job.folder / "distribution.json")
    return distribution


def _count_labels(
    job: Job, rows: pl.DataFrame, rejected: pl.DataFrame, predicted: Counter[str] | None
) -> list[LabelCount]:
    splits, reasons, wanted = _count(rows, "label", "split"), _count(rejected, "label", "reason"), job.recipe.targets
    judged = _count(rows.filter(pl.col(AGREED)), "label") if job.recipe.judges else Counter()
    counts = []
    for name, label in job.recipe.labels.items():
        train, validation = splits[name, "train"], splits[name, "validation"]
        kept = train + validation
        own_reasons = Counter({reason: count for (of, reason), count in reasons.items() if of == name})
        counts.append(
            LabelCount(
                label=name,
                target_share=label.share,
                wanted=wanted[name],
                made=kept + own_reasons.total(),
                rejected=_sort_keys(own_reasons),
                kept=kept,
                train=train,
                validation=validation,
                read=None if predicted is None else predicted[name],
                deviation=(kept / rows.height if rows.height else 0.0) - label.share,
                judged=judged[name] if job.recipe.judges else None,
            )
        )
    return counts


def _count_generators(job: Job, rows: pl.DataFrame, rejected: pl.DataFrame) -> list[GeneratorCount]:
    kept = _count(rows, "generator", "label")
    made = kept + _count(rejected, "generator", "label")
    planned = [generator.title for generator in job.recipe.generators]
    # Real rows have a generator of their own; a grown version may have rows of generators that its recipe lacks by now.
    former = sorted({generator for generator, _ in made} - set(planned))
    return [
        GeneratorCount(
            generator=generator,
            made={label: made[generator, label] for label in job.recipe.labels},
            kept={label: kept[generator, label] for label in job.recipe.labels},
        )
        for generator in [*planned, *former]
    ]


def _count_predicted(job: Job, rows: pl.DataFrame) -> Counter[str] | None:
    predicted = predict_labels(job, rows.select(list(job.recipe.fields)).iter_rows(named=True))
    return None if predicted is None else Counter(predicted)


def _count(frame: pl.DataFrame, *columns: str) -> Counter:
    """Return the number of rows by the value of a column, or by the tuple of values of several columns."""
    counted = frame.group_by(columns).len().iter_rows()
    return Counter({values[0] if len(columns) == 1 else tuple(values): count for *values, count in counted})


def _sort_keys(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))
