"""Counts the labels that each judge gives candidates, beside the labels that they were asked for."""

from collections.abc import Collection

import polars as pl

from pedigree.curation.judging import ANOTHER, Votes, count_votes, read_votes
from pedigree.dataset.results import LabelReadings
from pedigree.job import Job
from pedigree.labels.classifier_check import count_readings
from pedigree.recipe.judge import JUDGE, Judge


def collect_judge_readings(
    job: Job, rows: pl.DataFrame, rejects: pl.DataFrame, prompts: pl.DataFrame, completions: pl.DataFrame
) -> list[LabelReadings]:
    """Return the readings of each judge that gave a verdict on a kept row or on a candidate that was rejected.

    A judge of doubted rows says nothing of the others, so its readings would look worse than the labels are.
    """
    votes, asked = read_votes(prompts, completions), find_asked(rows, rejects, prompts)
    found = [
        (judge, _count(judge, asked, votes, job.recipe.labels)) for judge in job.recipe.judges if judge.on != "doubted"
    ]
    labels = list(job.recipe.labels)
    return [
        LabelReadings(by="judge", name=judge.name, labels=labels, counts=counts, labels_shown=judge.labels_shown)
        for judge, counts in found
        if counts
    ]


def find_asked(rows: pl.DataFrame, rejects: pl.DataFrame, prompts: pl.DataFrame) -> dict[str, str]:
    """Return the label that each candidate was asked for, by its row id: that of its prompt.

    The label of a row may be another by now: a judge or a person gave it.
    """
    columns = ("row_id", "completion_id", "label")
    candidates = rejects.filter(pl.col("row_id").is_not_null()).select(columns)
    made = pl.concat([rows.filter(pl.col("completion_id").is_not_null()).select(columns), candidates])
    written = prompts.filter(pl.col("strategy") != JUDGE).select("completion_id", asked="label")
    joined = made.join(written.unique("completion_id"), on="completion_id", how="left")
    return dict(joined.select("row_id", pl.coalesce("asked", "label")).iter_rows())


def _count(judge: Judge, asked: dict[str, str], votes: Votes, planned: Collection[str]) -> dict[str, dict[str, int]]:
    """Return the counts of verdicts; one that names no ``planned`` label counts as ANOTHER.

    A row without a verdict, or whose votes have no majority, is not counted.
    """
    pairs: list[tuple[str, str]] = []
    for row_id, label in asked.items():
        if (judge.name, row_id) in votes:
            verdict = count_votes(judge, votes[judge.name, row_id], label)
            if verdict.agrees is not None:
                given = verdict.label or ANOTHER
                pairs.append((label, given if given in planned else ANOTHER))
    return count_readings(pairs)
