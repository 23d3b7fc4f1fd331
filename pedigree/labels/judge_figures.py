"""Collects the figures of each judge: all its votes, and its sensitivity and specificity by label on people's rows."""

from collections import Counter
from collections.abc import Mapping

import polars as pl

from pedigree.curation.judging import Votes, read_votes
from pedigree.dataset.judges.figures import JudgeFigures, Rate
from pedigree.job import Job
from pedigree.labels.corrections import PLACES, Count
from pedigree.labels.judge_skill import measure_self_agreement, measure_skill
from pedigree.labels.set_agreement import count_by_label
from pedigree.metrics.review.wilson import make_interval
from pedigree.recipe.judge import Judge


def collect_judge_figures(
    job: Job, prompts: pl.DataFrame, completions: pl.DataFrame, candidates: Mapping[str, str]
) -> list[JudgeFigures]:
    """Return the figures of each judge that was asked about any row, in the recipe's order.

    ``candidates``: the label, or set of labels, that each candidate was asked for, by its row id.
    """
    votes = read_votes(prompts, completions)
    asked = {name for name, _ in votes}
    return [_collect(job, judge, votes, candidates) for judge in job.recipe.judges if judge.name in asked]


def _collect(job: Job, judge: Judge, votes: Votes, candidates: Mapping[str, str]) -> JudgeFigures:
    given = Counter(vote for (name, _), of in votes.items() if name == judge.name for vote in of)
    skill = measure_skill(job, judge, votes)
    right, wrong = (skill.right, skill.wrong) if skill else ({}, {})
    by_label, by_label_of_people = count_by_label(job, judge, candidates, votes)
    return JudgeFigures(
        name=judge.name,
        model=judge.model,
        question=judge.question,
        labels_shown=judge.labels_shown,
        votes={
            label: count for label, count in sorted(given.items(), key=lambda one: one[0] or "") if label is not None
        },
        no_verdict=given[None],
        self_agreement=measure_self_agreement(judge, votes),
        sensitivity=_make_rates(right),
        specificity=_make_rates({label: Count(one.rows - one.hits, one.rows) for label, one in wrong.items()}),
        by_label=by_label,
        by_label_of_people=by_label_of_people,
    )


def _make_rates(counts: Mapping[str, Count]) -> dict[str, Rate]:
    rates = {}
    for label, one in counts.items():
        if one.rows:
            low, high = (round(bound, PLACES) for bound in make_interval(one.hits, one.rows))
            rates[label] = Rate(hits=one.hits, rows=one.rows, low=low, high=high)
    return rates
