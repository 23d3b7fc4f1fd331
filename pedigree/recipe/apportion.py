"""Divides a total into whole numbers by shares."""

from collections.abc import Mapping
from math import floor
from typing import TypeVar

N = TypeVar("N", str, int)


def apportion(total: int, shares: Mapping[N, float]) -> dict[N, int]:
    """Divide ``total`` by shares into whole numbers that sum to it (largest remainder, Hamilton's method).

    Ties go to the first name. Shares are weights and need not sum to 1.
    """
    weight = sum(shares.values())
    quotas = {name: total * share / weight for name, share in shares.items()}
    # A quota such as 179.99999999999997 is 180 in exact arithmetic.
    counts = {name: floor(round(quota, 9)) for name, quota in quotas.items()}
    by_remainder = sorted(shares, key=lambda name: -round(quotas[name] - counts[name], 9))  # a stable sort
    for name in by_remainder[: total - sum(counts.values())]:
        counts[name] += 1
    return counts
