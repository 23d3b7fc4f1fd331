"""Collects what is known of the labels, the strongest evidence first: people, then judges, then a classifier.

Judges that are no better than guessing on rows of people come last.
"""

import logging
from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from pedigree.dataset.judges.figures import JudgeFigures
from pedigree.dataset.label_evidence import GATE
from pedigree.dataset.results import GateResults, LabelEvidence, LabelReadings, read_result
from pedigree.dataset.schemas import read_table
from pedigree.errors import WorkspaceError
from pedigree.job import Job
from pedigree.labels.calibration_rows import choose_calibration_rows
from pedigree.labels.classifier_check import check_and_read
from pedigree.labels.judge_check import check_by_judges
from pedigree.labels.judge_figures import collect_judge_figures
from pedigree.labels.judge_readings import collect_judge_readings, find_asked
from pedigree.labels.people_check import check_by_people, describe_earlier_reading, describe_failed_review

log = logging.getLogger("pedigree")


@dataclass(frozen=True)
class LabelChecks:
    """The evidence on the labels, the labels given beside those asked for, and the figures of each judge."""

    evidence: list[LabelEvidence] = field(default_factory=list)
    readings: list[LabelReadings] = field(default_factory=list)
    judges: list[JudgeFigures] = field(default_factory=list)
    failed_review: str | None = None  # what people found in a review that failed, of rows that are no longer there


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
            collect_judge_figures(job, *asked, find_asked(rows, rejects, asked[0])),
        )
    read, shown = check_and_read(job, rows) or (None, None)
    people = check_by_people(job, rows)
    found = [one for one in (people, *judged.evidence, read) if one is not None]
    found.sort(key=lambda one: one.guesses)  # a judge that guesses is the weakest evidence
    if people is None and found and (earlier := describe_earlier_reading(job, rows)):
        caution = "; ".join(filter(None, (earlier, found[0].caution)))
        found[0] = found[0].model_copy(update={"caution": caution})
    readings = judged.readings or [one for one in (shown,) if one is not None]
    failed = describe_failed_review(job) if people is None else None
    return LabelChecks(found, readings, judged.judges, failed)


def warn_of_failed_review(job: Job) -> None:
    """Warn, before a run, of a review that found too many labels wrong and was not made good by a later one."""
    told = describe_failed_review(job)
    if told is None or _has_passed(job):
        return
    stops = "stops a version" if job.recipe.gates.needs_evidence else "is told with the version"
    log.warning(
        "%s: %s. Nobody has checked rows that are made after it: for them the gate %r is unknown, which %s. A new "
        "review decides: 'pedigree review %s --sample 100'",
        *(job.dataset, told, GATE, stops, job.dataset),
    )


def _has_passed(job: Job) -> bool:
    """Return whether the dataset in the workspace passed by people's decisions."""
    try:
        found = read_result(GateResults, job.folder / "gates.json")
    except WorkspaceError:
        return False
    passed = any(gate.name == GATE and gate.passed for gate in found.gates)
    return passed and any(one.by == "people" for one in found.labels)


def can_check(job: Job) -> bool:
    """Return whether the recipe brings what a check of the labels needs: labelled rows, or people's decisions."""
    rows = Counter(seed.label for seed in job.seeds if job.recipe.labels_per_row is None)
    judged = any(choose_calibration_rows(job, judge).height for judge in job.recipe.judges if judge.on != "doubted")
    return judged or bool(job.review.last) or sum(count > 1 for count in rows.values()) > 1
