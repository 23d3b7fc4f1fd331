"""Counts how often a judge gives a label of several to rows that were asked for it, and to rows that were not.

A judge that is asked for all labels of a row answers a set. Figures of whole sets say nothing of a single label: a row
with one label too many is another set. Here each label is counted by itself, whatever else is in the set.
"""

from collections.abc import Iterable, Mapping

from pedigree.curation.judging import Votes
from pedigree.dataset.judges.figures import LabelAgreement
from pedigree.job import Job
from pedigree.labels.calibration_rows import choose_calibration_rows, list_true_labels
from pedigree.recipe.judge import SEVERAL, Judge
from pedigree.recipe.label_sets.names import split_labels


def count_by_label(
    job: Job, judge: Judge, asked: Mapping[str, str], votes: Votes
) -> tuple[dict[str, LabelAgreement], dict[str, LabelAgreement]]:
    """Return the counts by label on candidates and on rows of people; both are empty where rows have one label each.

    ``asked``: the set of labels that each candidate was asked for, by its row id.
    """
    if judge.question != SEVERAL:
        return {}, {}
    people = choose_calibration_rows(job, judge)["row_id"].to_list()
    true = list_true_labels(job, judge)
    return (
        _count(job, judge, asked.items(), votes),
        _count(job, judge, ((row_id, true[row_id]) for row_id in people), votes),
    )


def _count(job: Job, judge: Judge, rows: Iterable[tuple[str, str]], votes: Votes) -> dict[str, LabelAgreement]:
    """Return the counts of each label; empty where no row has a verdict."""
    labels = list(job.recipe.single_labels)
    counts = {label: [0, 0, 0, 0] for label in labels}
    for row_id, own in rows:
        given = find_given(judge, votes.get((judge.name, row_id), ()))
        if given is None:
            continue
        members = set(split_labels(own))
        for label in labels:
            place = 0 if label in members else 2
            counts[label][place] += 1
            counts[label][place + 1] += label in given
    if not any(one[0] + one[2] for one in counts.values()):
        return {}
    names = ("with_it", "given", "without_it", "given_too")
    return {label: LabelAgreement(**dict(zip(names, count, strict=True))) for label, count in counts.items()}


def find_given(judge: Judge, votes: Iterable[str | None]) -> set[str] | None:
    """Return the labels that most of a judge's votes on a row name; None where most of them are no verdict.

    A label with half of the votes or fewer is not given.
    """
    sets = [set(split_labels(vote)) for vote in votes if vote is not None]
    if 2 * len(sets) <= judge.votes:
        return None
    return {label for label in set().union(*sets) if 2 * sum(label in one for one in sets) > judge.votes}
