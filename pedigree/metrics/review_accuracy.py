"""Summarises review decisions: how many of each kind, and the accuracy of rows that were sampled at random."""

from collections import Counter
from collections.abc import Collection
from typing import Any

from scipy.stats import binomtest

from pedigree.dataset.review_decisions import Decision, Review

VERDICTS = ("accept", "relabel", "reject")


def summarise_review(review: Review, known: Collection[str]) -> dict[str, Any] | None:
    """Return the counts of the decisions in effect, and the accuracy of each random sample; None without decisions.

    ``known`` are the ids of the current rows and rejects; ``gone`` counts decisions about other ids. A sample is
    reported once all its rows are decided; a row is right if it was accepted. Intervals are Wilson's (1927), 95 %.
    """
    last = list(review.last.values())
    if not last:
        return None
    rows = [decision for decision in last if decision.reason is None]
    return {
        "rows": _count(rows),
        "rejects": _count([decision for decision in last if decision.reason]),
        "gone": len(review.find_gone(known)),
        "people": sorted({decision.who for decision in last}),
        "samples": _score_samples(rows),
    }


def _count(decisions: list[Decision]) -> dict[str, int]:
    counts = Counter(decision.decision for decision in decisions)
    return {verdict: counts[verdict] for verdict in VERDICTS}


def _score_samples(rows: list[Decision]) -> list[dict[str, Any]]:
    samples: dict[tuple[str, int], list[Decision]] = {}
    for decision in rows:
        if decision.sheet is not None and decision.drawn is not None:
            samples.setdefault((decision.sheet, decision.drawn), []).append(decision)
    scored = []
    for (sheet, drawn), decisions in samples.items():
        if len(decisions) == drawn:
            right = _count(decisions)["accept"]
            low, high = binomtest(right, drawn).proportion_ci(method="wilson")
            interval = [float(low), float(high)]
            scored.append(
                {"sheet": sheet, "drawn": drawn, "right": right, "share": right / drawn, "interval": interval}
            )
    return scored
