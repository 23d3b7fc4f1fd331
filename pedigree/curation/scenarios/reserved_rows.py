"""The rows that scenarios keep in a dataset, where more rows of their labels were made than are wanted."""

from collections import Counter
from collections.abc import Collection, Mapping

import polars as pl

from pedigree.dataset.schemas import stratum_of
from pedigree.recipe.content.scenarios import find_quotas
from pedigree.recipe.schema import Recipe


def list_reserved(rows: pl.DataFrame, recipe: Recipe, targets: Mapping[str, int], first: Collection[str]) -> list[str]:
    """Return the ids of the rows that fill the scenarios' floors, in the order of ``rows``; none without scenarios.

    ``rows`` have row_id, generator and label, in the order of curation; ``targets`` are those of strata.
    Rows of ``first`` fill a floor before others.
    """
    left = Counter(find_quotas(recipe.scenarios, targets, {name: one.label for name, one in recipe.strata.items()}))
    scenario = {one.title: one.scenario for one in recipe.generators if one.scenario}
    if not left:
        return []
    found, ids = [], set(first)
    lines = list(rows.select("row_id", "generator", stratum_of(recipe).alias("stratum")).iter_rows())
    for is_first in (True, False):
        for id, generator, stratum in lines:
            key = scenario.get(generator, ""), stratum
            if (id in ids) == is_first and left[key] > 0:
                left[key] -= 1
                found.append(id)
    return found
