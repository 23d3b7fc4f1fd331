"""Measures how evenly the kept rows of each label cover the topics and attribute values that prompts requested."""

import json
from collections.abc import Iterator
from math import log
from typing import Any

import polars as pl

from pedigree.job_outputs import JobOutputs

REQUESTED = {
    "completion_id": pl.String,
    "position": pl.Int32,
    "generator": pl.String,
    "label": pl.String,
    "attribute": pl.String,
    "value": pl.String,
}
GROUP = ["generator", "label", "attribute"]


def tabulate_coverage(contents: JobOutputs) -> list[dict[str, Any]]:
    """Return one entry per generator, label and attribute, sorted; empty if no prompt names an attribute or topic.

    ``values`` is the number of values requested, ``covered`` how many of them have a kept row, ``rows`` the kept rows.
    ``evenness`` is the entropy of the rows over the requested values divided by its maximum ln K (1 is even; null for
    one value or no rows). ``least`` and ``most`` are the least and most used value with their rows. A row counts for
    the value requested at its position in the answer; its text is not checked.
    """
    requested = pl.DataFrame(list(_list_requested(contents.tables["prompts"])), REQUESTED, orient="row")
    kept = contents.rows.select("completion_id", "position", pl.lit(1).alias("row"))
    counts = (
        requested.join(kept, on=["completion_id", "position"], how="left")
        .group_by(*GROUP, "value")
        .agg(rows=pl.col("row").count())
        .sort(*GROUP, "rows", "value")
    )
    groups = counts.group_by(GROUP, maintain_order=True)
    return [dict(zip(GROUP, key, strict=True)) | _summarise(values) for key, values in groups]


def _list_requested(prompts: pl.DataFrame) -> Iterator[tuple]:
    """Yield one tuple (see ``REQUESTED``) per requested row and attribute."""
    columns = prompts.filter(pl.col("slot") >= 0).select("completion_id", "generator", "label", "variables")
    for completion_id, generator, label, variables_json in columns.iter_rows():
        variables = json.loads(variables_json)
        for position, attributes in enumerate(_list_attributes(variables)):
            for attribute, value in attributes.items():
                yield completion_id, position, generator, label, attribute, value


def _list_attributes(variables: dict[str, Any]) -> list[dict[str, str]]:
    """Return what each row of a prompt was to show: its own attributes, or those of all rows of the call."""
    if "row_attributes" in variables:
        return variables["row_attributes"]
    of_call = dict(variables.get("person", {}))
    of_call |= {"topic": variables["topic"]} if "topic" in variables else {}
    if "percent" in variables:
        of_call |= {"mixed with": variables["other"], "share of the label": f"{variables['percent']} %"}
    return [of_call] * variables.get("rows", 0)


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
