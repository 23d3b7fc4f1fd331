"""Wilson's interval of a share (1927), for equal rows and for rows of different weight."""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

Z = 1.959963984540054  # 95 %: 97.5 % of a normal distribution is below


class Share(NamedTuple):
    """An estimated share with its 95 % interval, 0 to 1."""

    share: float
    low: float
    high: float


def make_interval(right: float, count: float) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share, given ``right`` of ``count``; 0 to 1 if the count is 0.

    The numbers need not be whole: a smaller effective count widens the interval.
    """
    if count <= 0:
        return 0.0, 1.0
    share, part = right / count, Z**2 / count
    middle = share + part / 2
    half = Z * sqrt(max(share * (1 - share), 0.0) / count + part / count / 4)
    return max(0.0, (middle - half) / (1 + part)), min(1.0, (middle + half) / (1 + part))


def find_effective_count(weights: Sequence[float], counts: Sequence[int]) -> float:
    """Return how many equally weighted rows tell as much as samples of such sizes, one a stratum (Kish 1965).

    The weights are the strata's shares of all rows and sum to 1.
    """
    return 1 / sum(weight**2 / count for weight, count in zip(weights, counts, strict=True))
