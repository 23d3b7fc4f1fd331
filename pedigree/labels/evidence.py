"""Collects what is known of the labels, the strongest evidence first: people, then judges, then a classifier.

Judges that are no better than guessing on rows of people come last.
"""

from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from pedigree.dataset.results import JudgeFigures, LabelEvidence, LabelReadings
from pedigree.dataset.schemas import read_table
from pedigree.job import Job
from pedigree.labels.calibration_rows import choose_calibration_rows
from pedigree.labels.classifier_check import check_and_read
from pedigree.labels.judge_check import check_by_judges
from pedigree.labels.judge_figures import collect_judge_figures
from pedigree.labels.judge_readings import collect_judge_readings
from pedigree.labels.people_check import check_by_people, describe_earlier_reading


@dataclass(frozen=True)
class LabelChecks:
    """The evidence on the labels, the labels given beside those asked for, and the figures of each judge."""

    evidence: list[LabelEvidence] = field(default_factory=list)
    readings: list[LabelReadings] = field(default_factory=list)
    judges: list[JudgeFigures] = field(default_factory=list)


def check_labels(job: Job, rows: pl.DataFrame) -> LabelChecks:
    """Return what is known of the labels of ``rows`` (rows_schema).

    All is empty where nobody and nothing has checked them. The classifier's readings are left out beside a judge's.
    """
    judged = LabelChecks()
    if job.recipe.judges:
        rejects, *asked = (read_table(job.table(name)) for name in ("rejects", "prompts", "completions"))
        judged = LabelChecks(
            check_by_judges(job, rows, rejects, *asked),
            collect_judge_readings(job, rows, rejects, *asked),
            collect_judge_figures(job, *asked),
        )
    read, shown = check_and_read(job, rows) or (None, None)
    people = check_by_people(job, rows)
    found = [one for one in (people, *judged.evidence, read) if one is not None]
    found.sort(key=lambda one: one.guesses)  # a judge that guesses is the weakest evidence
    if people is None and found and (earlier := describe_earlier_reading(job, rows)):
        caution = "; ".join(filter(None, (earlier, found[0].caution)))
        found[0] = found[0].model_copy(update={"caution": caution})
    readings = judged.readings or [one for one in (shown,) if one is not None]
    return LabelChecks(found, readings, judged.judges)


def can_check(job: Job) -> bool:
    """Return whether the recipe brings what a check of the labels needs: labelled rows, or people's decisions."""
    rows = Counter(seed.label for seed in job.seeds if job.recipe.labels_per_row is None)
    judged = any(choose_calibration_rows(job, judge).height for judge in job.recipe.judges if judge.on != "doubted")
    return judged or bool(job.review.last) or sum(count > 1 for count in rows.values()) > 1
