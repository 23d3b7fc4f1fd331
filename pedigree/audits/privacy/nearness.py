"""Whether rows lie nearer to rows of people that were shown than to rows of people that were not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pedigree.ids import seeded
from pedigree.metrics.tfidf import Vectors, compute_cosines

Closeness = Callable[[Any, Any], np.ndarray]  # of the vectors of rows: rows x people
DRAWS = 2000  # of the distribution by chance
BLOCK = 2000  # rows that are compared at once
DIGITS = 9  # of a cosine: equal texts get equal ones, whatever the order of summation


@dataclass(frozen=True)
class Nearness:
    """The share of rows that are nearer to a shown row than to any unseen one, beside what chance gives.

    ``low`` and ``high`` hold 95 % of the shares that come out where people's rows are dealt to both sides at random.
    ``shown_ratio`` and ``unseen_ratio`` are the medians of nearest / second nearest distance (NNDR).
    """

    rows: int
    of_each: int
    share: float
    low: float
    high: float
    shown_ratio: float | None
    unseen_ratio: float | None


def measure_nearness(
    rows: Vectors, shown: Vectors, unseen: Vectors, seed: int, closeness: Closeness = compute_cosines
) -> Nearness | None:
    """Compare rows with equally many shown and unseen rows of people; None if a side is empty.

    The share is that of the distance to the closest record (DCR; Platzer and Reutterer 2021): 0.5 by chance. A row that
    is as near to both counts half to each. Distance is 1 - ``closeness``.
    """
    of_each = min(shown.shape[0], unseen.shape[0])
    if not of_each or not rows.shape[0]:
        return None
    chance = seeded(seed, "nearness")
    chosen = [sorted(chance.sample(range(side.shape[0]), of_each)) for side in (shown, unseen)]
    compared = [side[some] for side, some in zip((shown, unseen), chosen, strict=True)]
    weights = np.zeros(2 * of_each)  # how many rows have this row of people as the nearest one
    ratios: tuple[list[float], list[float]] = ([], [])
    for first in range(0, rows.shape[0], BLOCK):
        block = rows[first : first + BLOCK]
        sides = [np.round(closeness(block, side), DIGITS) for side in compared]
        cosines = np.hstack(sides)
        nearest = cosines == cosines.max(axis=1, keepdims=True)
        weights += (nearest / nearest.sum(axis=1, keepdims=True)).sum(axis=0)
        for side, kept in zip(sides, ratios, strict=True):
            kept.extend(_compute_ratios(side))
    shares = _deal(weights, seed) / rows.shape[0]
    low, high = np.quantile(shares, [0.025, 0.975])
    medians = [float(np.median(kept)) if kept else None for kept in ratios]
    share = float(weights[:of_each].sum() / rows.shape[0])
    return Nearness(rows.shape[0], of_each, share, float(low), float(high), *medians)


def _deal(weights: np.ndarray, seed: int) -> np.ndarray:
    """Return the weight of one half of people's rows in each of ``DRAWS`` random halves."""
    generator = np.random.default_rng(seed % 2**32)
    half = len(weights) // 2
    return np.array([generator.permutation(weights)[:half].sum() for _ in range(DRAWS)])


def _compute_ratios(cosines: np.ndarray) -> list[float]:
    """Return nearest / second nearest distance of each row; 1 where both are 0. Empty for fewer than two columns."""
    if cosines.shape[1] < 2:
        return []
    distances = np.sort(1 - cosines, axis=1)[:, :2]
    return [float(near / next_near) if next_near > 0 else 1.0 for near, next_near in distances]
