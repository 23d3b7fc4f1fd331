"""Measures a judge on rows of people: right labels recognised, wrong ones taken for right, and votes that are equal."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from pedigree.curation.judging import Verdict, Votes, count_votes
from pedigree.job import Job
from pedigree.labels.calibration_rows import choose_calibration_rows, list_true_labels, names_no_claim
from pedigree.labels.corrections import Count
from pedigree.recipe.judge import Judge

DRAWS = 4000


@dataclass(frozen=True)
class Skill:
    """What a judge did on rows of people: of each label, right labels recognised, and wrong ones taken for right."""

    right: dict[str, Count]
    wrong: dict[str, Count]

    def draw(self, label: str, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return draws of sensitivity and of the share of wrong labels taken for right."""
        return draw_share(chance, self.right[label]), draw_share(chance, self.wrong[label])


def measure_skill(job: Job, judge: Judge, votes: Votes) -> Skill | None:
    """Return how a judge did on rows of people; None where it was asked about none."""
    asked = dict(choose_calibration_rows(job, judge).select("row_id", "label").iter_rows())
    true = list_true_labels(job, judge)
    hits = {kind: {label: [0, 0] for label in job.recipe.labels} for kind in (True, False)}
    for row_id, verdict in count_verdicts(judge, asked, votes).items():
        if verdict is None or verdict.agrees is None:
            continue
        for claim in job.recipe.labels if names_no_claim(judge) else [asked[row_id]]:
            count = hits[claim == true[row_id]][claim]
            count[0] += verdict.label == claim
            count[1] += 1
    if not any(rows for counts in hits.values() for _, rows in counts.values()):
        return None
    return Skill(*({label: Count(*count) for label, count in hits[kind].items()} for kind in (True, False)))


def measure_self_agreement(judge: Judge, votes: Votes) -> float | None:
    """Return the share of pairs of votes on one row that are equal; None where no row has two votes."""
    pairs = [
        one == other
        for (name, _), of in votes.items()
        if name == judge.name
        for one, other in combinations([vote for vote in of if vote is not None], 2)
    ]
    return round(sum(pairs) / len(pairs), 4) if pairs else None


def count_verdicts(judge: Judge, asked: Mapping[str, str], votes: Votes) -> dict[str, Verdict | None]:
    """Return the verdict on each row by its id, beside the label that it carries; None where there was no vote."""
    return {
        id: count_votes(judge, votes[judge.name, id], label) if (judge.name, id) in votes else None
        for id, label in asked.items()
    }


def draw_share(chance: np.random.Generator, count: Count) -> np.ndarray:
    """Return draws of a share from its posterior (Jeffreys prior)."""
    return chance.beta(count.hits + 0.5, count.rows - count.hits + 0.5, size=DRAWS)
