"""Which topic and attribute values the prompts of a dataset requested, of each place in an answer."""

import json
from collections.abc import Iterator
from typing import Any

import polars as pl

from pedigree.dataset.spans.asked import VARIABLE, name_slot

REQUESTED = {
    "completion_id": pl.String,
    "position": pl.Int32,
    "generator": pl.String,
    "label": pl.String,
    "attribute": pl.String,
    "value": pl.String,
}


def list_requested(prompts: pl.DataFrame) -> Iterator[tuple]:
    """Yield one tuple (see ``REQUESTED``) per requested row and attribute; ``prompts`` is that table."""
    columns = prompts.filter(pl.col("slot") >= 0).select("completion_id", "generator", "label", "variables")
    for completion_id, generator, label, variables_json in columns.iter_rows():
        variables = json.loads(variables_json)
        for position, attributes in enumerate(_list_attributes(variables)):
            for attribute, value in attributes.items():
                yield completion_id, position, generator, label, attribute, value


def _list_attributes(variables: dict[str, Any]) -> list[dict[str, str]]:
    """Return what each row of a prompt was to show: its own attributes, or those of all rows of the call."""
    if "row_attributes" in variables:
        return _add_values(variables, variables["row_attributes"])
    of_call = dict(variables.get("person", {}))
    of_call |= {"topic": variables["topic"]} if "topic" in variables else {}
    if "percent" in variables:
        of_call |= {"mixed with": variables["other"], "share of the label": f"{variables['percent']} %"}
    return _add_values(variables, [of_call] * variables.get("rows", 0))


def _add_values(variables: dict[str, Any], rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the rows with the values of slots that they were asked for, each as the attribute ``slot NAME``."""
    asked = variables.get(VARIABLE)
    if not asked:
        return rows
    return [row | {name_slot(slot): value for slot, value in own.items()} for row, own in zip(rows, asked, strict=True)]
