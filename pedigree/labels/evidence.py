"""Collects what is known of the labels, the strongest evidence first: people, then judges, then a classifier."""

from collections import Counter

import polars as pl

from pedigree.dataset.results import LabelEvidence
from pedigree.dataset.schemas import read_table
from pedigree.job import Job
from pedigree.labels.calibration_rows import choose_calibration_rows
from pedigree.labels.classifier_check import check_by_classifier
from pedigree.labels.judge_check import check_by_judges
from pedigree.labels.people_check import check_by_people


def collect_evidence(job: Job, rows: pl.DataFrame) -> list[LabelEvidence]:
    """Return the evidence on the labels of ``rows`` (rows_schema); empty where nobody and nothing has checked them."""
    judged: list[LabelEvidence] = []
    if job.recipe.judges:
        tables = (read_table(job.table(name)) for name in ("rejects", "prompts", "completions"))
        judged = check_by_judges(job, rows, *tables)
    found = [check_by_people(job, rows), *judged, check_by_classifier(job, rows)]
    return [evidence for evidence in found if evidence is not None]


def can_check(job: Job) -> bool:
    """Return whether the recipe brings what a check of the labels needs: labelled rows, or people's decisions."""
    rows = Counter(seed.label for seed in job.seeds)
    judged = any(choose_calibration_rows(job, judge).height for judge in job.recipe.judges if judge.on != "doubted")
    return judged or bool(job.review.last) or sum(count > 1 for count in rows.values()) > 1
