"""Copies among rows without texts: rows that have the values of a row of people, all of them or all but one."""

from dataclasses import dataclass

import numpy as np

from pedigree.curation.tables.precision import HALF, count_decimals
from pedigree.metrics.tables.columns import Table

PAIRS = 4_000_000  # of rows that are compared at once
FEWEST = 3  # columns from which 'all but one' is counted


@dataclass(frozen=True)
class TypedCopy:
    """A row that equals a row of people: the places of both, and how many of ``columns`` values are equal."""

    row: int
    source: int
    equal: int
    columns: int


@dataclass(frozen=True)
class TypedOverlap:
    """How many of ``rows`` equal a row of people in all values, and in all but one; the copies by place."""

    rows: int
    whole: int
    all_but_one: int
    copies: list[TypedCopy]


def find_typed_copies(rows: Table, people: Table) -> TypedOverlap:
    """Compare each row with each row of people, numbers in the precision that people's rows have in that column.

    A row counts once, with the row of people that it shares the most values with. Of fewer than three columns only rows
    with all values count.
    """
    columns, copies = len(rows.columns), []
    least = columns if columns < FEWEST else columns - 1
    decimals = [max(map(count_decimals, people.values[:, at]), default=0) for at in range(columns)]
    size = max(PAIRS // max(len(people), 1), 1)
    for first in range(0, len(rows) if len(people) else 0, size):
        block = rows.values[first : first + size]
        equal = np.zeros((len(block), len(people)), int)
        for at in range(columns):
            mine, theirs = block[:, at, None], people.values[None, :, at]
            near = np.abs(mine - theirs) * 10.0 ** decimals[at] <= HALF
            equal += near | (np.isnan(mine) & np.isnan(theirs))
        best = equal.argmax(axis=1)
        counts = equal[np.arange(len(block)), best]
        for place in np.flatnonzero(counts >= least):
            copies.append(TypedCopy(first + int(place), int(best[place]), int(counts[place]), columns))
    copies.sort(key=lambda copy: (-copy.equal, copy.row))
    whole = sum(copy.equal == columns for copy in copies)
    return TypedOverlap(len(rows), whole, len(copies) - whole, copies)
