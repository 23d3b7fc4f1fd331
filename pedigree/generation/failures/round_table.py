"""The table of failure-driven rounds for report and artifact: what each asked for, made, kept, and what it gained."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import polars as pl

from pedigree.dataset.output_files import SPLITS
from pedigree.generation.failures.loop import FailureLoop
from pedigree.generation.failures.people import list_people
from pedigree.job import Job


def tabulate_rounds(job: Job, tables: Mapping[str, pl.DataFrame], loop: FailureLoop) -> dict[str, Any]:
    """Return the file that was read and its rows, a line for each round, and why the rounds ended early, or None."""
    rounds = tables["prompts"].select("completion_id", "round")
    candidates = pl.concat([tables[name].select("row_id", "completion_id") for name in (*SPLITS, "rejects")])
    made = dict(candidates.drop_nulls().join(rounds, on="completion_id").group_by("round").len().iter_rows())
    asked = _list_asked(tables["prompts"])
    lines = [
        {**asdict(found), "made": made.get(found.number, 0), "asked": asked.get(found.number, [])}
        for found in loop.figures
    ]
    people = list_people(job)
    return {"read": job.recipe.dev or job.recipe.seed_file, "people": len(people), "rounds": lines, "stop": loop.stop}


def _list_asked(prompts: pl.DataFrame) -> dict[int, list[dict[str, Any]]]:
    """Return the clusters that the prompts of each round asked for, those with most prompts first."""
    found: dict[int, dict[str, dict[str, Any]]] = {}
    first = prompts.filter((pl.col("slot") >= 0) & (pl.col("turn") == 0) & (pl.col("strategy") == "failures"))
    for number, label, text in first.sort("slot", "label").select("round", "label", "variables").iter_rows():
        variables = json.loads(text)
        if failure := variables.get("failure"):
            facts = {"label": label, "confused": variables["confused"], "rows": failure["rows"]}
            one = found.setdefault(number, {}).setdefault(
                failure["cluster"], {**facts, "words": failure["words"], "prompts": 0}
            )
            one["prompts"] += 1
    return {
        number: sorted(
            clusters.values(), key=lambda one: (-one["prompts"], -one["rows"], one["label"], one["confused"])
        )
        for number, clusters in found.items()
    }
