"""Expectation: few rows are near-duplicates of another row."""

from collections import Counter
from typing import ClassVar

import pandas as pd
import polars as pl
from great_expectations.compatibility import pydantic
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

from pedigree.curation.similarity.minhash import group_similar
from pedigree.curation.similarity.shingles import Texts, fold_texts
from pedigree.recipe.schema import REAL
from pedigree.system.helper_process import start_helper

MANY = 100_000  # rows from which a further process computes a part of the digests: it takes a second to start


class TableNearDuplicates(TableMetricProvider):
    """Metric: the ``index_column`` values of the rows with a near-duplicate, in table order, without real rows."""

    metric_name = "table.near_duplicates"
    value_keys = ("column_list", "similarity", "index_column", "within")

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(cls, execution_engine, metric_domain_kwargs, metric_value_kwargs, metrics, runtime_configuration):
        rows, _, _ = execution_engine.get_compute_domain(metric_domain_kwargs, MetricDomainTypes.TABLE)
        folded = [_fold_column(rows[column]) for column in metric_value_kwargs["column_list"]]
        within = metric_value_kwargs.get("within")
        groups = rows[within].tolist() if within else [None] * len(rows)
        texts = list(zip(*folded, strict=True))
        if len(texts) >= MANY:
            start_helper("pedigree.curation.similarity.digests")
        indices = []
        for group in dict.fromkeys(groups):
            places = [place for place, one in enumerate(groups) if one == group]
            found = _find_duplicates([texts[place] for place in places], metric_value_kwargs["similarity"])
            indices += [places[place] for place in found]
        indices.sort()
        if REAL in rows:
            indices = [index for index in indices if not rows[REAL].iloc[index]]
        return rows[metric_value_kwargs["index_column"]].iloc[indices].tolist()


class ExpectNearDuplicateShareToBeAtMost(BatchExpectation):
    """Expect few rows to have another row of at least this ``similarity``, 0 to 1, in all columns of a list.

    ``within`` names a column: only rows with the same value of it are compared, as only rows of one language are.
    The observed value is the share of such rows, real rows left out; null if there are no rows.
    pedigree/curation/similarity/shingles.py defines similarity.
    """

    column_list: list[str] = pydantic.Field(min_items=1)
    similarity: float = pydantic.Field(gt=0, le=1)
    threshold: float
    index_column: str = "row_id"
    within: str | None = None

    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.near_duplicates", "table.row_count")
    success_keys: ClassVar[tuple[str, ...]] = ("column_list", "similarity", "threshold", "index_column", "within")

    def _validate(self, metrics, runtime_configuration=None, execution_engine=None):
        near, rows = metrics["table.near_duplicates"], metrics["table.row_count"]
        share = len(near) / rows if rows else None
        result = {
            "observed_value": share,
            "unexpected_count": len(near),
            "unexpected_index_list": [{self.index_column: name} for name in near],
        }
        return {"success": share is None or share <= self.threshold, "result": result}


def _fold_column(column: pd.Series) -> list[str]:
    texts = [str(value) if present else "" for value, present in zip(column, column.notna(), strict=True)]
    return fold_texts(pl.Series(texts, dtype=pl.String)).to_list()


def _find_duplicates(texts: list[Texts], similarity: float) -> list[int]:
    # Equal texts are indexed once: a thousand copies would be half a million pairs.
    distinct = {text: str(index) for index, text in enumerate(dict.fromkeys(texts))}
    groups = group_similar(list(distinct.values()), list(distinct), similarity)
    group_of = [groups[distinct[text]] for text in texts]
    sizes = Counter(group_of)
    return [index for index, group in enumerate(group_of) if sizes[group] > 1]
