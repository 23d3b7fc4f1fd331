"""Reads what a judge of many labels answered, on rows of people and on the dataset, for an estimate over all labels."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from pedigree.curation.judging import Verdict, Votes, count_votes
from pedigree.job import Job
from pedigree.labels.calibration_rows import choose_calibration_rows, list_true_labels, names_no_claim
from pedigree.labels.judge_shares import OPEN, count_answers, draw_accuracy, estimate_right, find_kind
from pedigree.recipe.judge import SEVERAL, Judge
from pedigree.recipe.label_groups.groups import list_near

FEW_LABELS = 6  # of so many each has rates of its own
ENOUGH = 20  # rows of people of each label, from which on it has rates of its own


def pools_labels(job: Job, judge: Judge, right: Mapping[str, int]) -> bool:
    """Return whether a judge's rates are those of all labels together; ``right``: rows of people that have each label.

    They are where it is shown some of the labels, or where there are many labels with few rows of people.
    """
    if judge.labels_shown is not None:
        return True
    many = len(job.recipe.labels) > FEW_LABELS and judge.question != SEVERAL
    return many and min(right.get(label, 0) for label in job.recipe.labels) < ENOUGH


def estimate_pooled(
    job: Job, judge: Judge, written: pl.DataFrame, rejects: pl.DataFrame, votes: Votes
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return draws of the share of right labels of the rows ``written``, and of each label's.

    ``rejects`` (row_id, label) are candidates that were made, too.
    """
    near = _list_near(job, judge)
    answers = count_answers(near, _list_said(job, judge, votes))
    made, kept = (defaultdict(lambda: np.zeros(OPEN + 1)) for _ in "12")
    for frame, of_dataset in ((written, True), (rejects, False)):
        for id, label in frame.select("row_id", "label").iter_rows():
            claim = _find_claim(job, id, label)
            verdict = _read(judge, votes, id, claim) if claim in near else None
            place = OPEN if verdict is None else find_kind(near, claim, verdict.label)
            made[claim][place] += 1
            if of_dataset:
                kept[label][place if claim == label else OPEN] += 1
    if judge.on_disagreement == "relabel":
        return draw_accuracy(answers, kept, job.recipe.seed)
    return estimate_right(answers, made, kept, job.recipe.seed)


def list_unknown(job: Job, judge: Judge, written: pl.DataFrame, votes: Votes) -> list[str]:
    """Return the labels of rows that a judge was asked about no row of people of: their share is unknown."""
    known = count_answers(_list_near(job, judge), _list_said(job, judge, votes)).known
    return [label for label in Counter(written["label"]) if label not in known]


def _list_near(job: Job, judge: Judge) -> dict[str, tuple[str, ...]]:
    """Return by label the labels near it; none where the question is about one pair, or one label, alone."""
    return list_near(job.recipe.single_labels) if judge.question == "relabel" else dict.fromkeys(job.recipe.labels, ())


def _list_said(job: Job, judge: Judge, votes: Votes) -> Iterator[tuple[str, str, str | None]]:
    """Yield claim, true label and label given of each row of people that a judge gave a verdict on.

    Where the prompt does not depend on the claim, one verdict answers all claims.
    """
    asked = dict(choose_calibration_rows(job, judge).select("row_id", "label").iter_rows())
    true = list_true_labels(job, judge)
    for id, claim in asked.items():
        if (verdict := _read(judge, votes, id, claim)) is not None:
            for one in job.recipe.labels if names_no_claim(judge) else [claim]:
                yield one, true[id], verdict.label


def _read(judge: Judge, votes: Votes, id: str, claim: str) -> Verdict | None:
    """Return a verdict, None where there is none or the votes have no majority."""
    verdict = count_votes(judge, votes[judge.name, id], claim) if (judge.name, id) in votes else None
    return verdict if verdict is not None and verdict.agrees is not None else None


def _find_claim(job: Job, id: str, label: str) -> str:
    """Return the label that a row was judged with: the one that it had before people decided on it."""
    return next((one.label for one in job.review.find_history(id)), label) if id in job.review.last else label
