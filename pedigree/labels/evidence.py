"""Collects what is known of the labels, the strongest evidence first: people, then judges, then a classifier."""

from collections import Counter

import polars as pl

from pedigree.dataset.results import LabelEvidence
from pedigree.job import Job
from pedigree.labels.classifier_check import check_by_classifier
from pedigree.labels.people_check import check_by_people


def collect_evidence(job: Job, rows: pl.DataFrame) -> list[LabelEvidence]:
    """Return the evidence on the labels of ``rows`` (rows_schema); empty where nobody and nothing has checked them."""
    found = [check_by_people(job, rows), check_by_classifier(job, rows)]
    return [evidence for evidence in found if evidence is not None]


def can_check(job: Job) -> bool:
    """Return whether the recipe brings what a check of the labels needs: labelled rows, or people's decisions."""
    rows = Counter(seed.label for seed in job.seeds)
    return bool(job.review.last) or sum(count > 1 for count in rows.values()) > 1
