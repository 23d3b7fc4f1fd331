"""The diversity score of Chen et al. (2024, arXiv 2410.15226) and its interval."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from scipy.special import stdtrit

LEAST_READ = 0.5  # share of the rounds; with fewer the score is unknown
CONFIDENCE = 0.95


def score_rounds(said: Sequence[int | str], sample: int) -> dict[str, Any]:
    """Return the figures of rounds: each the number of clusters in ``sample`` texts, or why its answer can't be read.

    The score is the mean over the rounds of C / S, where C is the number of clusters and S = sample / C the mean number
    of texts in one: 1 / sample if all texts are alike, sample if no two are. The interval is Student's t over the
    rounds, within these limits. ``score`` is None, with a ``reason``, if fewer than half of the rounds, or fewer than
    two, could be read.
    """
    clusters = [one for one in said if isinstance(one, int)]
    faults = dict(sorted(Counter(one for one in said if isinstance(one, str)).items()))
    figures = {"rounds": len(said), "read": len(clusters), "faults": faults, "score": None, "interval": None}
    if len(clusters) < max(2, LEAST_READ * len(said)):
        return {**figures, "reason": f"only {len(clusters):,} of {len(said):,} answers could be read"}
    scores = [count**2 / sample for count in clusters]
    mean = math.fsum(scores) / len(scores)
    variance = math.fsum((score - mean) ** 2 for score in scores) / (len(scores) - 1)
    half = float(stdtrit(len(scores) - 1, (1 + CONFIDENCE) / 2)) * math.sqrt(variance / len(scores))
    low, high = max(1 / sample, mean - half), min(float(sample), mean + half)
    return {**figures, "score": mean, "interval": [low, high], "reason": None}
