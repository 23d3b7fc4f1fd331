"""Selection by coverage: of the rows of a label, those that together are near to all of them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence

import polars as pl

from pedigree.curation.coverage import Vectors, choose_by_coverage
from pedigree.dataset.requested_attributes import REQUESTED, list_requested
from pedigree.recipe.apportion import apportion

Embed = Callable[[pl.DataFrame], Vectors]  # unit vectors of rows, in their order


def choose_rows(rows: pl.DataFrame, wanted: Mapping[str, int], first: Sequence[str], embed: Embed) -> frozenset[str]:
    """Return the ids of the rows chosen of each stratum: those of ``first``, in that order, then by coverage.

    ``rows`` has the columns of candidates, ``stratum`` and ``cell`` (``name_cells``): the cells of a stratum share what
    ``first`` leaves in proportion to their rows. Apart from ``first``, the order of the rows has no influence.
    """
    chosen: set[str] = set()
    for (stratum,), own in rows.sort("row_id").group_by(["stratum"], maintain_order=True):
        want, ids = wanted.get(str(stratum), 0), {*own["row_id"]}
        given = [id for id in dict.fromkeys(first) if id in ids][:want]
        chosen |= {*given, *_choose_of_stratum(own, want, given, embed)}
    return frozenset(chosen)


def _choose_of_stratum(rows: pl.DataFrame, wanted: int, given: Collection[str], embed: Embed) -> list[str]:
    """Return the ids of the rows of one stratum that are chosen besides the given ones."""
    if rows.height <= wanted:
        return rows["row_id"].to_list()
    free = Counter(rows.filter(~pl.col("row_id").is_in(list(given)))["cell"])
    shares = apportion(wanted - len(given), dict(sorted(free.items())))
    chosen: list[str] = []
    for cell, count in shares.items():
        if count:
            chosen += _choose_of_cell(rows.filter(cell=cell), count, given, embed)
    return chosen


def _choose_of_cell(rows: pl.DataFrame, count: int, given: Collection[str], embed: Embed) -> list[str]:
    ids = rows["row_id"].to_list()
    covered = [place for place, id in enumerate(ids) if id in given]
    places = choose_by_coverage(embed(rows), len(covered) + count, covered)
    return [ids[place] for place in places[len(covered) :]]


def name_cells(rows: pl.DataFrame, prompts: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with the column ``cell``: the topic and attribute values that a row was asked for, or ''.

    And with ``round``, that of its prompt; 0 for rows that people wrote.
    """
    asked: dict[tuple[str, int], list[str]] = defaultdict(list)
    for one in list_requested(prompts):
        line = dict(zip(REQUESTED, one, strict=True))
        asked[line["completion_id"], line["position"]].append(f"{line['attribute']}: {line['value']}")
    keys = rows.select("completion_id", "position").iter_rows()
    cells = pl.Series("cell", ["; ".join(sorted(asked.get(key, []))) for key in keys], dtype=pl.String)
    rounds = prompts.select("completion_id", "round").unique("completion_id")
    joined = rows.join(rounds, on="completion_id", how="left", maintain_order="left")
    return joined.with_columns(cells, pl.col("round").fill_null(0))
