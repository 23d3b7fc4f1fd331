"""Reading: what a student of the seeds alone takes rows for."""

from collections.abc import Iterable, Mapping
from typing import Any

from pedigree.job import Job
from pedigree.metrics.text_classifier import text_of, train_classifier


def predict_labels(job: Job, rows: Iterable[Mapping[str, Any]]) -> list[str] | None:
    """Return the label that a student of the seeds reads in each row's fields; None for seeds of fewer than two labels."""
    if len({seed.label for seed in job.seeds}) < 2:
        return None
    texts = [text_of(fields) for fields in rows]
    if not texts:
        return []
    said, labels = [text_of(seed.fields) for seed in job.seeds], [seed.label for seed in job.seeds]
    return train_classifier(said, labels, job.recipe.seed).predict(texts).tolist()
