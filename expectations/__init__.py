"""Expectation suites (JSON) and the expectation classes of this project, registered in Great Expectations on import."""

from expectations.class_floor import ExpectColumnValueCountsToBeAtLeast
from expectations.label_distance import ExpectColumnTotalVariationDistanceToBeAtMost
from expectations.near_duplicates import ExpectNearDuplicateShareToBeAtMost
from expectations.run_checks import check_suite, evaluate_checks

__all__ = [
    "ExpectColumnTotalVariationDistanceToBeAtMost",
    "ExpectColumnValueCountsToBeAtLeast",
    "ExpectNearDuplicateShareToBeAtMost",
    "check_suite",
    "evaluate_checks",
]
