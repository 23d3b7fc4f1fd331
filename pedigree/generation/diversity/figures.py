"""The figures of diversity as a model scores it, from what it said of the same rows before."""

from typing import Any

import polars as pl

from pedigree.generation.diversity.questions import QuestionPrompts, plan_questions
from pedigree.job import Job
from pedigree.metrics.llm_diversity.record import describe_record, read_record


def describe_diversity(job: Job, rows: pl.DataFrame) -> dict[str, Any]:
    """Return the figures of a recipe with ``evaluate.diversity`` for the section ``llm_diversity`` of metrics.json.

    No model is asked: without its answers about these rows, under these settings, the scores are unknown with the
    reason.
    """
    questions = plan_questions(job, rows)
    asked = QuestionPrompts(job, questions).asked_sha256
    record = read_record(job.workspace, job.dataset, asked)
    return describe_record(questions.scorer, questions.sets, asked, record, questions.cut)
