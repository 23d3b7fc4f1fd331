"""Measures how evenly the kept rows of each label cover the topics and attribute values that prompts requested."""

from math import log
from typing import Any

import polars as pl

from pedigree.dataset.requested_attributes import REQUESTED, list_requested

GROUP = ["generator", "label", "attribute"]


def tabulate_coverage(prompts: pl.DataFrame, rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Return one entry per generator, label and attribute, sorted; empty if no prompt names an attribute or topic.

    ``prompts`` is the table of that name; ``rows`` are kept rows, with columns completion_id and position.
    ``values`` is the number of values requested, ``covered`` how many of them have a kept row, ``rows`` the kept rows.
    ``evenness`` is the entropy of the rows over the requested values divided by its maximum ln K (1 is even; null for
    one value or no rows). ``least`` and ``most`` are the least and most used value with their rows. A row counts for
    the value requested at its position in the answer; its text is not checked.
    """
    requested = pl.DataFrame(list(list_requested(prompts)), REQUESTED, orient="row")
    kept = rows.select("completion_id", "position", pl.lit(1).alias("row"))
    counts = (
        requested.join(kept, on=["completion_id", "position"], how="left")
        .group_by(*GROUP, "value")
        .agg(rows=pl.col("row").count())
        .sort(*GROUP, "rows", "value")
    )
    groups = counts.group_by(GROUP, maintain_order=True)
    return [dict(zip(GROUP, key, strict=True)) | _summarise(values) for key, values in groups]


def _summarise(values: pl.DataFrame) -> dict[str, Any]:
    """Return the figures of one attribute; ``values`` has its values and their rows, ascending by rows."""
    rows = values["rows"].sum()
    shares = (values["rows"].filter(values["rows"] > 0) / rows).to_list() if rows else []
    entropy = -sum(share * log(share) for share in shares) + 0.0
    least, most = values.row(0, named=True), values.row(-1, named=True)
    return {
        "values": values.height,
        "covered": len(shares),
        "rows": rows,
        "evenness": entropy / log(values.height) if rows and values.height > 1 else None,
        "least": {"value": least["value"], "rows": least["rows"]},
        "most": {"value": most["value"], "rows": most["rows"]},
    }
