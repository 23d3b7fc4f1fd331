"""Predicts labels of rows with a classifier that is trained on the seed rows alone."""

from collections.abc import Iterable, Mapping
from typing import Any

from pedigree.job import Job
from pedigree.metrics.text_classifier import TextClassifier, text_of, train_classifier


def train_seed_classifier(job: Job) -> "TextClassifier | None":
    """Return a classifier trained on the seeds; None if they have fewer than two labels."""
    labels = [seed.label for seed in job.seeds]
    if len(set(labels)) < 2:
        return None
    return train_classifier([text_of(seed.fields) for seed in job.seeds], labels, job.recipe.seed)


def predict_labels(job: Job, rows: Iterable[Mapping[str, Any]]) -> list[str] | None:
    """Return the predicted label of each row's fields; None if the seeds have fewer than two labels.

    None also where a row has several labels: a classifier of sets says little with the few seeds that each set has.
    """
    classifier = None if job.recipe.labels_per_row is not None else train_seed_classifier(job)
    if classifier is None:
        return None
    texts = [text_of(fields) for fields in rows]
    return classifier.predict(texts).tolist() if texts else []
