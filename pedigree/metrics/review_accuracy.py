"""Verdicts: how many rows people looked at, what they said, and how good the rows are where a sample was drawn at random."""

from collections import Counter
from collections.abc import Collection
from typing import Any

from scipy.stats import binomtest

from pedigree.dataset.review_decisions import Decision, Review

VERDICTS = ("accept", "relabel", "reject")


def summarise_review(review: Review, known: Collection[str]) -> dict[str, Any] | None:
    """Return the decisions that count, by what they were about, and each random sample's share of right rows.

    ``known`` are the ids that are rows or rejects now; ``gone`` counts decisions about others. A sheet's sample counts
    where all rows that it drew were decided on: a row is right that was accepted. The interval is Wilson's (1927), 95 %.
    None where nobody decided anything.
    """
    last = list(review.last.values())
    if not last:
        return None
    about = {"rows": [one for one in last if one.reason is None], "rejects": [one for one in last if one.reason]}
    return {
        **{what: _count(decisions) for what, decisions in about.items()},
        "gone": len(review.find_gone(known)),
        "people": sorted({one.who for one in last}),
        "samples": _judge_samples(about["rows"]),
    }


def _count(decisions: list[Decision]) -> dict[str, int]:
    counts = Counter(one.decision for one in decisions)
    return {verdict: counts[verdict] for verdict in VERDICTS}


def _judge_samples(rows: list[Decision]) -> list[dict[str, Any]]:
    samples: dict[tuple[str, int], list[Decision]] = {}
    for one in rows:
        if one.sheet is not None and one.drawn is not None:
            samples.setdefault((one.sheet, one.drawn), []).append(one)
    judged = []
    for (sheet, drawn), decisions in samples.items():
        if len(decisions) == drawn:
            right = _count(decisions)["accept"]
            low, high = binomtest(right, drawn).proportion_ci(method="wilson")
            judged.append(
                {"sheet": sheet, "drawn": drawn, "right": right, "share": right / drawn, "interval": [float(low), float(high)]}
            )  # fmt: skip
    return judged
