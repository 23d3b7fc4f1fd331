"""Statistical fidelity of a tabular dataset: its synthetic rows beside people's rows, the label as one more column."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from pedigree.dataset.examples import Example
from pedigree.job import Job
from pedigree.job_outputs import JobOutputs
from pedigree.metrics.tables.associations import average_difference, compare_pairs
from pedigree.metrics.tables.column_distance import average_distance, compare_columns
from pedigree.metrics.tables.columns import LABEL, Column, Table, list_columns, make_table
from pedigree.metrics.tables.two_sample import measure_table_auc
from pedigree.recipe.schema import Recipe

MAX_ROWS = 20_000  # of a side
MAX_TESTED = 1000  # of each side of the two-sample test
MAX_COLUMNS = 30  # whose pairs are compared: 435 pairs


def measure_table_fidelity(job: Job, contents: JobOutputs) -> dict[str, Any] | None:
    """Return how like the held-out rows, or else the seeds, the synthetic rows are; None without any of both.

    ``seeds`` has the same of the seeds beside the held-out rows: what people's own rows reach. Statistical fidelity
    does not say that rows are useful (Hansen et al. 2023).
    """
    synthetic = tabulate_rows(contents.synthetic.iter_rows(named=True), job.recipe)
    seeds, held_out = (tabulate_examples(examples, job.recipe) for examples in (job.seeds, job.held_out))
    real = held_out if len(held_out) else seeds
    if not len(real) or not len(synthetic):
        return None
    both = len(seeds) and len(held_out)
    return {
        "against": "held-out" if len(held_out) else "seeds",
        **compare_tables(synthetic, real, job.recipe.seed),
        "seeds": compare_tables(seeds, held_out, job.recipe.seed, brief=True) if both else None,
    }


def compare_tables(synthetic: Table, real: Table, seed: int, *, brief: bool = False) -> dict[str, Any]:
    """Return the distances of columns, the differences of pairs, and whether a classifier tells both sides apart.

    Of more than 20,000 rows of a side, so many are drawn; the two-sample test has as many rows of each side, at most
    1,000. Pairs are those of the label and the first 29 columns. ``brief`` leaves out what is of single columns and
    pairs.
    """
    ours, theirs = (_draw(side, MAX_ROWS, seed) for side in (synthetic, real))
    columns = compare_columns(ours, theirs)
    few = [0, *range(1, min(MAX_COLUMNS, len(real.columns)))]
    pairs = compare_pairs(_select(ours, few), _select(theirs, few))
    tested = min(len(ours), len(theirs), MAX_TESTED)
    area = measure_table_auc(_draw(ours, tested, seed), _draw(theirs, tested, seed), seed)
    return {
        "synthetic_rows": len(ours),
        "real_rows": len(theirs),
        "column_distance": average_distance(columns),
        "pair_difference": average_difference(pairs),
        "two_sample_auc": area and area.area,
        "two_sample_auc_interval": area and [area.low, area.high],
        "two_sample_rows": tested,
        **({} if brief else {"columns": columns, "pairs": pairs}),
    }


def tabulate_rows(rows: Iterable[Mapping[str, Any]], recipe: Recipe) -> Table:
    """Return rows with their label, which is the first column."""
    return make_table(rows, (Column(LABEL, "category", tuple(recipe.labels)), *list_columns(recipe.fields)))


def tabulate_examples(examples: Iterable[Example], recipe: Recipe) -> Table:
    """Return rows of people with their label, which is the first column."""
    return tabulate_rows(({**one.fields, LABEL: one.label} for one in examples), recipe)


def _select(table: Table, places: list[int]) -> Table:
    return Table(tuple(table.columns[place] for place in places), table.values[:, places])


def _draw(table: Table, rows: int, seed: int) -> Table:
    """Return so many rows at random, whatever their order."""
    if len(table) <= rows:
        return table
    order = np.lexsort(np.nan_to_num(table.values, nan=np.inf).T[::-1])
    return table.take(order[np.sort(np.random.default_rng([seed, 1]).choice(len(table), rows, replace=False))])
