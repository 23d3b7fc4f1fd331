"""Coverage: how evenly the kept rows of each label spread over the topics and attribute values that were asked for."""

import json
from collections.abc import Iterator
from math import log
from typing import Any

import polars as pl

from pedigree.job_outputs import JobOutputs

PLANNED = {"completion_id": pl.String, "position": pl.Int32, "generator": pl.String, "label": pl.String,
           "attribute": pl.String, "value": pl.String}  # fmt: skip
BY = ["generator", "label", "attribute"]


def tabulate_coverage(contents: JobOutputs) -> list[dict[str, Any]]:
    """Return a line a generator, label and attribute, in their order; none where prompts name no attributes or topic.

    A line has the number of ``values`` that prompts asked for, how many of them ``covered`` by a kept row, the kept
    ``rows``, ``evenness`` (the entropy of the rows over the values asked for, divided by its largest, ln K: 1 is even; null
    for one value or no row), and the values ``least`` and ``most`` used with their rows. A row counts for the value that
    its place in the answer was asked to show; whether it shows it, nobody has read.
    """
    planned = pl.DataFrame(list(_list_planned(contents.tables["prompts"])), PLANNED, orient="row")
    kept = contents.rows.select("completion_id", "position", pl.lit(1).alias("row"))
    counts = (
        planned.join(kept, on=["completion_id", "position"], how="left")
        .group_by(*BY, "value")
        .agg(rows=pl.col("row").count())
        .sort(*BY, "rows", "value")
    )
    return [_sum_up(dict(zip(BY, key, strict=True)), part) for key, part in counts.group_by(BY, maintain_order=True)]


def _list_planned(prompts: pl.DataFrame) -> Iterator[tuple]:
    """Yield what each row that a prompt asked for was to show, an attribute a line."""
    asked = prompts.filter((pl.col("slot") >= 0) & pl.col("strategy").is_in(["attributes", "topic"]))
    for id, generator, label, said in asked.select("completion_id", "generator", "label", "variables").iter_rows():
        variables = json.loads(said)
        of_all = [{"topic": variables["topic"]}] * variables["rows"] if "topic" in variables else []
        rows = variables.get("row_attributes", of_all)
        for position, row in enumerate(rows):
            for attribute, value in row.items():
                yield id, position, generator, label, attribute, value


def _sum_up(key: dict[str, str], part: pl.DataFrame) -> dict[str, Any]:
    """Return the line of one attribute; ``part`` has its values and their rows, fewest first."""
    rows = part["rows"].sum()
    shares = (part["rows"].filter(part["rows"] > 0) / rows).to_list() if rows else []
    least, most = part.row(0, named=True), part.row(-1, named=True)
    return {
        **key,
        "values": part.height,
        "covered": len(shares),
        "rows": rows,
        "evenness": -sum(share * log(share) for share in shares) / log(part.height) + 0.0
        if rows and part.height > 1
        else None,
        "least": {"value": least["value"], "rows": least["rows"]},
        "most": {"value": most["value"], "rows": most["rows"]},
    }
