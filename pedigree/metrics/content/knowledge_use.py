"""How much of the knowledge that a recipe names came into the rows, by generator."""

import json
from collections import Counter
from math import log
from typing import Any

import polars as pl

from pedigree.job import Job
from pedigree.recipe.content.knowledge import KNOWLEDGE


def measure_knowledge(job: Job, prompts: pl.DataFrame, rows: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Return the figures of each generator of strategy knowledge, in the recipe's order; empty without one.

    ``prompts`` is the table of that name; ``rows`` are kept rows, with columns completion_id and position. ``triples``
    and ``relations`` have four counts: ``file`` (usable ones), ``drawn`` for the sample, ``asked`` for in a prompt,
    and ``kept`` (asked for at the place of a kept row; its text is not checked). ``evenness`` is the entropy of the
    kept rows over the drawn relations, divided by its maximum (1 is even; null for one relation or no rows).
    """
    found = {}
    for generator in job.recipe.generators:
        if generator.knowledge is None:
            continue
        sample = job.knowledge[generator.title]
        asked = _list_asked(prompts.filter(generator=generator.title, strategy=KNOWLEDGE))
        kept = asked.join(rows.select("completion_id", "position"), on=["completion_id", "position"], how="semi")
        drawn = {one.relation for one in sample.triples}
        found[generator.title] = {
            "file": generator.knowledge.file,
            "sampling": generator.knowledge.sampling,
            "size": generator.knowledge.size,
            "rows": kept.height,
            "triples": _count(sum(sample.relations.values()), len(sample.triples), asked, kept, "triple"),
            "relations": _count(len(sample.relations), len(drawn), asked, kept, "relation"),
            "evenness": _measure_evenness(Counter(kept["relation"].to_list()), len(drawn)),
            "left_out": dict(sorted(sample.left_out.items())),
        }
    return found


def _list_asked(prompts: pl.DataFrame) -> pl.DataFrame:
    """Return relation and triple of each row asked for (columns: completion_id, position, relation, triple)."""
    columns = {"completion_id": pl.String, "position": pl.Int32, "relation": pl.String, "triple": pl.String}
    lines = [
        (completion_id, position, one["relation"], one["triple"])
        for completion_id, variables in prompts.select("completion_id", "variables").iter_rows()
        for position, one in enumerate(json.loads(variables)["row_attributes"])
    ]
    return pl.DataFrame(lines, columns, orient="row")


def _count(in_file: int, drawn: int, asked: pl.DataFrame, kept: pl.DataFrame, column: str) -> dict[str, int]:
    return {"file": in_file, "drawn": drawn, "asked": asked[column].n_unique(), "kept": kept[column].n_unique()}


def _measure_evenness(rows: Counter[str], relations: int) -> float | None:
    total = rows.total()
    if relations < 2 or not total:
        return None
    return -sum(count / total * log(count / total) for count in rows.values()) / log(relations) + 0.0
