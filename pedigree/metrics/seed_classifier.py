"""Predicts labels of rows with a classifier that is trained on the seed rows alone."""

from collections.abc import Iterable, Mapping
from typing import Any

from pedigree.job import Job
from pedigree.metrics.tables.row_classifier import predict_rows


def predict_labels(job: Job, rows: Iterable[Mapping[str, Any]]) -> list[str] | None:
    """Return the predicted label of each row's fields; None if the seeds have fewer than two labels.

    None also where a row has several labels: a classifier of sets says little with the few seeds that each set has.
    """
    labels = [seed.label for seed in job.seeds]
    if job.recipe.labels_per_row is not None or len(set(labels)) < 2:
        return None
    return predict_rows([seed.fields for seed in job.seeds], labels, list(rows), job.recipe)
