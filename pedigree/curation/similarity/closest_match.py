"""What a comparison of rows finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ClosestMatch:
    """Why a candidate is rejected: the reason code, the evidence, and the row it is too similar to."""

    reason: str
    detail: str
    id: str
