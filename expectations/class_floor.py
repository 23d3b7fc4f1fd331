"""Expectation: every class has a minimum number of rows."""

from typing import ClassVar

from great_expectations.compatibility import pydantic
from great_expectations.expectations.expectation import ColumnAggregateExpectation


class ExpectColumnValueCountsToBeAtLeast(ColumnAggregateExpectation):
    """Expect each value of a set to occur in a column at least ``min_value`` times.

    The observed value is the smallest count; ``details`` names the first value with it.
    """

    value_set: list[str] = pydantic.Field(min_items=1)
    min_value: int

    metric_dependencies: ClassVar[tuple[str, ...]] = ("column.value_counts",)
    success_keys: ClassVar[tuple[str, ...]] = ("value_set", "min_value")

    def _validate(self, metrics, runtime_configuration=None, execution_engine=None):
        counts = metrics["column.value_counts"].to_dict()
        rarest = min(self.value_set, key=lambda value: counts.get(value, 0))
        fewest = int(counts.get(rarest, 0))
        return {
            "success": fewest >= self.min_value,
            "result": {"observed_value": fewest, "details": {"rarest": rarest}},
        }
