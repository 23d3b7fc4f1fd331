"""Summarises review decisions: how many of each kind, the accuracy of random samples, and how far people agree."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from scipy.stats import binomtest

from pedigree.dataset.review_decisions import Decision, Review
from pedigree.metrics.review.agreement import find_agreements
from pedigree.metrics.review.samples import ReviewSample, list_samples

VERDICTS = ("accept", "relabel", "reject")


def summarise_review(review: Review, known: Collection[str]) -> dict[str, Any] | None:
    """Return the counts of the decisions in effect, and the accuracy of each random sample; None without decisions.

    ``known`` are the ids of the current rows and rejects; ``gone`` counts decisions about other ids. Which samples are
    reported, and what is right, ``list_samples`` says. Intervals are Wilson's (1927), 95 %. By label, and the agreement
    of two people, are there only for sheets whose lines state their place: older ones had neither figure.
    """
    last = list(review.last.values())
    if not last:
        return None
    rows = [decision for decision in last if decision.reason is None]
    summary = {
        "rows": _count(rows),
        "rejects": _count([decision for decision in last if decision.reason]),
        "gone": len(review.find_gone(known)),
        "people": sorted({decision.who for decision in last}),
        "samples": [_describe_sample(sample) for sample in list_samples(review)],
    }
    if any(decision.place for decision in review.history):
        summary["agreement"] = [
            {
                **{"people": list(one.people), "rows": one.rows, "agreed": one.agreed, "kappa": one.kappa},
                "conflicts": len(one.conflicts),
            }
            for one in find_agreements(review)
        ]
    return summary


def _count(decisions: Sequence[Decision]) -> dict[str, int]:
    counts = Counter(decision.decision for decision in decisions)
    return {verdict: counts[verdict] for verdict in VERDICTS}


def _describe_sample(sample: ReviewSample) -> dict[str, Any]:
    count = len(sample.decisions)
    described = {"sheet": sample.sheet, "drawn": count, **_describe_share(sample.right, count)}
    if sample.label_rows:
        whole = sample.estimate()
        described |= {"share": whole.share, "interval": [whole.low, whole.high]}
        described["by_label"] = {
            label: {"drawn": of, **_describe_share(right, of)}
            for label, (right, of) in sorted(sample.count_by_label().items())
        }
    if count < sample.drawn:
        described["open"] = sample.drawn - count
    return described


def _describe_share(right: int, count: int) -> dict[str, Any]:
    low, high = binomtest(right, count).proportion_ci(method="wilson")
    return {"right": right, "share": right / count, "interval": [float(low), float(high)]}
