"""Expectation: the shares of a column's values are near target shares."""

from typing import ClassVar

from great_expectations.expectations.expectation import ColumnAggregateExpectation

from pedigree.metrics.label_distance import find_g_test_p, measure_distance


class ExpectColumnTotalVariationDistanceToBeAtMost(ColumnAggregateExpectation):
    """Expect the shares of a column's values to be near target shares.

    The observed value is the total-variation distance, 0 to 1 (1 for no rows); ``details`` has the p-value of the
    G-test of the counts against the shares, null if it is not defined.
    """

    shares: dict[str, float]
    threshold: float

    metric_dependencies: ClassVar[tuple[str, ...]] = ("column.value_counts",)
    success_keys: ClassVar[tuple[str, ...]] = ("shares", "threshold")

    def _validate(self, metrics, runtime_configuration=None, execution_engine=None):
        counts = metrics["column.value_counts"].to_dict()
        distance = measure_distance(counts, self.shares)
        details = {"g_test_p": find_g_test_p(counts, self.shares)}
        return {"success": distance <= self.threshold, "result": {"observed_value": distance, "details": details}}
