"""Finds the random samples that people decided on, and estimates from them how many other rows are right.

A row is right if the last decision about it accepts it. A relabelled row had a wrong label; a rejected row counts as
wrong too, as nobody could use it under its label.

A sample counts if every row of it is decided. It also counts if the decided rows are its first ones: rows are numbered
in random order, so the first ones are a random sample themselves. If people left out rows between, these may well be
the hard ones, so the sample does not count.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

from pedigree.dataset.review_decisions import Decision, Review
from pedigree.metrics.review.wilson import Share, find_effective_count, make_interval


@dataclass(frozen=True)
class ReviewSample:
    """A random sample that counts: its sheet, the size it was drawn with, and the last decisions about its rows.

    ``label_rows`` holds how many rows of a label it was drawn from; empty if it was not drawn within labels. ``take``
    is the number of the first sheet taken that has it.
    """

    sheet: str
    drawn: int
    decisions: tuple[Decision, ...]
    label_rows: Mapping[str, int]
    take: int

    @property
    def right(self) -> int:
        """Return how many of its rows are right."""
        return sum(map(is_right, self.decisions))

    def count_by_label(self) -> dict[str, tuple[int, int]]:
        """Return for each label that its rows had: how many are right, and how many there are."""
        return count_by_label(self.decisions)

    def estimate(self) -> Share:
        """Return the share of right rows among all rows that it was drawn from, before any decision about them.

        Only for a sample that was drawn within labels: each label weighs as many rows as it had.
        """
        counts = self.count_by_label()
        weights = [self.label_rows[label] / sum(self.label_rows.values()) for label in counts]
        share = sum(weight * right / of for weight, (right, of) in zip(weights, counts.values(), strict=True))
        count = find_effective_count(weights, [of for _, of in counts.values()])
        low, high = make_interval(share * count, count)
        return Share(share=share, low=low, high=high)


@dataclass(frozen=True)
class Stratum:
    """The rows of one label: those that nobody has read, and what is known of them.

    ``sampled_right`` of ``sampled`` rows of a random sample are right. Besides, people read ``picked`` rows that were
    not drawn at random, of which ``picked_right`` are right.
    """

    unread: int
    sampled_right: int = 0
    sampled: int = 0
    picked_right: int = 0
    picked: int = 0

    @property
    def rest(self) -> int:
        """Return the number of rows outside of the random sample."""
        return self.unread + self.picked


def is_right(decision: Decision) -> bool:
    """Return whether a decision says that the row shows the label it had."""
    return decision.decision == "accept"


def count_by_label(decisions: Sequence[Decision]) -> dict[str, tuple[int, int]]:
    """Return for each label before any decision: the count of right rows, and of all rows."""
    counts, right = Counter(one.label for one in decisions), Counter(one.label for one in decisions if is_right(one))
    return {label: (right[label], count) for label, count in counts.items()}


def list_samples(review: Review) -> list[ReviewSample]:
    """Return the random samples that count, in the order in which they were taken. Rejects are in no sample."""
    members: dict[tuple[str, int], dict[str, Decision]] = {}
    for one in review.history:
        if one.sheet is not None and one.drawn is not None and review.last[one.row_id].reason is None:
            members.setdefault((one.sheet, one.drawn), {}).setdefault(one.row_id, one)
    samples = []
    for (sheet, drawn), first in members.items():
        places = {one.place for one in first.values()}
        if len(first) == drawn or places == set(range(1, len(first) + 1)):
            last = tuple(review.last[row_id] for row_id in first)
            sizes = {one.label: one.label_rows for one in first.values() if one.label_rows is not None}
            samples.append(ReviewSample(sheet, drawn, last, sizes, min(one.take for one in first.values())))
    return samples


def estimate_unread(strata: Sequence[Stratum]) -> Share | None:
    """Return the share of right rows among those that nobody has read; None if no row of theirs was sampled.

    Each label weighs as many rows as it has. Wilson's interval, for the effective count of the samples (Kish) and for
    a limited number of rows: what is asked for is the number of right rows among these, not the habit of a model.
    Labels that no row was sampled of may be wholly right or wholly wrong.
    """
    unread, known = sum(one.unread for one in strata), [one for one in strata if one.sampled and one.rest]
    if not unread:
        return Share(share=1.0, low=1.0, high=1.0)
    if not known:
        return None
    rest, covered = sum(one.rest for one in strata), sum(one.rest for one in known)
    weights = [one.rest / covered for one in known]
    share = sum(weight * one.sampled_right / one.sampled for weight, one in zip(weights, known, strict=True))
    sampled = find_effective_count(weights, [one.sampled for one in known])
    count = sampled * rest / (sampled + rest)
    low, high = make_interval(share * count, count)
    low, high = low * covered / rest, (high * covered + rest - covered) / rest
    picked_right = sum(one.picked_right for one in strata)

    def leave(of_rest: float) -> float:
        return min(float(unread), max(0.0, of_rest * rest - picked_right))

    return Share(
        share=leave(share) / unread,
        low=floor(round(leave(low), 6)) / unread,
        high=ceil(round(leave(high), 6)) / unread,
    )
