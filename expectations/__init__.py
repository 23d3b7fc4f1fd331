"""What must hold: suites (JSON) and our own expectation classes, which Great Expectations knows once imported."""

from expectations.class_floor import ExpectColumnValueCountsToBeAtLeast
from expectations.judging import check, judge
from expectations.label_distance import ExpectColumnTotalVariationDistanceToBeAtMost
from expectations.near_duplicates import ExpectNearDuplicateShareToBeAtMost

__all__ = [
    "ExpectColumnTotalVariationDistanceToBeAtMost",
    "ExpectColumnValueCountsToBeAtLeast",
    "ExpectNearDuplicateShareToBeAtMost",
    "check",
    "judge",
]
