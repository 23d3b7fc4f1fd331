"""The section of the report on a tabular dataset: its columns and pairs beside people's rows."""

from typing import Any

from pedigree.job import Job
from pedigree.job_outputs import JobOutputs
from pedigree.metrics.tables.fidelity import tabulate_examples, tabulate_rows
from pedigree.report.charts import Spec
from pedigree.report.tables.column_charts import SIDES, draw_column, draw_differences

MOST_CHARTS, MOST_CELLS, MOST_PAIRS = 12, 15, 15
MEASURES = {
    "pearson": "Pearson's correlation",
    "spearman": "Spearman's correlation",
    "cramers_v": "Cramér's V",
    "correlation_ratio": "correlation ratio",
}


def describe_tables(metrics: dict[str, Any]) -> dict[str, Any] | None:
    """Return what the section tells, the farthest first: columns, pairs, and how models and columns rank.

    None for a dataset with texts, or without rows of people to compare with.
    """
    found = metrics.get("tables")
    if not found:
        return None
    pairs = [one for one in found["pairs"] if one["difference"] is not None]
    return {
        "columns": rank_columns(found),
        "pairs": sorted(pairs, key=lambda one: -one["difference"])[:MOST_PAIRS],
        "drawn": rank_columns(found)[:MOST_CHARTS],
        "measures": MEASURES,
        "pair_count": len(found["pairs"]),
        "people": "held-out rows" if found["against"] == "held-out" else "seed rows",
    }


def draw_tables(job: Job, contents: JobOutputs, metrics: dict[str, Any]) -> dict[str, Spec]:
    """Return the charts of the section, by name. Of a private recipe, only the synthetic side of a column is drawn."""
    found = metrics.get("tables")
    if not found:
        return {}
    ours = tabulate_rows(contents.synthetic.iter_rows(named=True), job.recipe)
    theirs = tabulate_examples(job.held_out if found["against"] == "held-out" else job.seeds, job.recipe)
    sides = {SIDES[0]: ours} if job.recipe.private else {SIDES[0]: ours, SIDES[1]: theirs}
    places = {column.name: place for place, column in enumerate(ours.columns)}
    drawn: dict[str, Spec | None] = {}
    for name in rank_columns(found)[:MOST_CHARTS]:
        is_date = name in job.recipe.fields and str(job.recipe.fields[name].type) == "date"
        values = {side: table.values[:, places[name]] for side, table in sides.items()}
        drawn[f"column-{name}"] = draw_column(ours.columns[places[name]], values, is_date=is_date)
    pairs = [one for one in found["pairs"] if one["measure"] != "spearman"]
    drawn["pairs"] = draw_differences(_rank_paired(pairs), pairs)
    return {name: spec for name, spec in drawn.items() if spec}


def rank_columns(found: dict[str, Any]) -> list[str]:
    """Return the names of the columns, that of the largest distance first; those without a distance last."""
    columns = found["columns"]
    return sorted(columns, key=lambda name: 1 if columns[name]["distance"] is None else -columns[name]["distance"])


def _rank_paired(pairs: list[dict[str, Any]]) -> list[str]:
    """Return at most 15 columns in their order: those of the largest differences."""
    most: dict[str, float] = {}
    for pair in pairs:
        for name in pair["columns"]:
            most[name] = max(most.get(name, 0.0), pair["difference"] or 0.0)
    kept = sorted(most, key=lambda name: -most[name])[:MOST_CELLS]
    return [name for name in most if name in kept]
