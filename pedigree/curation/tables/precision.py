"""Rows of a table that are equal but for the precision in which numbers are printed.

The precision of a field is the most decimals that people's rows have in it. A row with more decimals is compared as
rounded to it, so noise behind the last decimal hides no copy. A row that prints every number with fewer decimals than
its field has is compared in that coarser precision, if three numbers or more have decimals: a single 5 beside people's
5.3 says nothing. All other fields must be equal; of a missing value, both rows must miss it.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from pedigree.recipe.labels_and_fields import TypedField

MOST_DECIMALS = 15
COARSE_FROM = 3  # number fields with decimals from which a row may be a coarser print of another
BLOCK = 1000  # rows that are compared at once
HALF = 0.5 + 1e-6  # of the last decimal


class PrintedRows:
    """Rows of people by id, and which of them a row equals in its printed precision."""

    def __init__(self, fields: Mapping[str, TypedField]):
        self._numbers = [name for name, field in fields.items() if field.type == "number"]
        self._others = [name for name in fields if name not in self._numbers]
        self._ids: list[str] = []
        self._rows: list[tuple[list[float], tuple[Any, ...]]] = []
        self._decimals = np.zeros(len(self._numbers), int)
        self._groups: dict[tuple[Any, ...], np.ndarray] | None = None

    def add(self, ids: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows (the values of the fields) by their ids."""
        for id, row in zip(ids, rows, strict=True):
            numbers = [np.nan if row[name] is None else float(row[name]) for name in self._numbers]
            self._ids.append(id)
            self._rows.append((numbers, tuple(row[name] for name in self._others)))
            self._decimals = np.maximum(self._decimals, [count_decimals(one) for one in numbers])
        self._groups = None

    def find(self, rows: pl.DataFrame) -> list[str | None]:
        """Return for each row (columns: the fields) the id of the first added row that it equals, or None."""
        found: list[str | None] = [None] * rows.height
        if not self._numbers or not self._ids:
            return found
        groups = self._group()
        values = rows.select(self._numbers).cast(pl.Float64).fill_null(np.nan).to_numpy()
        places: dict[tuple[Any, ...], list[int]] = {}
        for place, others in enumerate(rows.select(self._others).iter_rows() if self._others else [()] * rows.height):
            places.setdefault(others, []).append(place)
        for others, some in places.items():
            known = groups.get(others)
            for first in range(0, len(some) if known is not None else 0, BLOCK):
                block = some[first : first + BLOCK]
                for place, at in zip(block, self._compare(values[block], known), strict=True):
                    found[place] = None if at is None else self._ids[at]
        return found

    def _group(self) -> dict[tuple[Any, ...], np.ndarray]:
        """Return the places of the added rows by the values of their other fields."""
        if self._groups is None:
            places: dict[tuple[Any, ...], list[int]] = {}
            for place, (_, others) in enumerate(self._rows):
                places.setdefault(others, []).append(place)
            self._groups = {others: np.array(some) for others, some in places.items()}
            self._matrix = np.array([numbers for numbers, _ in self._rows], float).reshape(-1, len(self._numbers))
        return self._groups

    def _compare(self, rows: np.ndarray, known: np.ndarray | None) -> list[int | None]:
        """Return for each row (rows x numbers) the first of the ``known`` places that it equals."""
        places = np.array([], int) if known is None else known
        scales = 10.0 ** (self._decimals - self._measure_coarseness(rows)[:, None])
        row, other = np.divmod(np.arange(len(rows) * len(places)), max(len(places), 1))
        for field in np.argsort(-self._decimals, kind="stable"):
            mine, theirs = rows[row, field], self._matrix[places[other], field]
            near = np.abs(mine - theirs) * scales[row, field] <= HALF
            same = near | (np.isnan(mine) & np.isnan(theirs))
            row, other = row[same], other[same]
        first: list[int | None] = [None] * len(rows)
        for at, of in zip(row[::-1], places[other[::-1]], strict=True):
            first[at] = int(of)
        return first

    def _measure_coarseness(self, rows: np.ndarray) -> np.ndarray:
        """Return how many decimals each row prints less than people's rows, in every number that may have some."""
        finer = np.flatnonzero(self._decimals > 0)
        if len(finer) < COARSE_FROM:
            return np.zeros(len(rows), int)
        return np.array([self._find_shortfall(row, finer) for row in rows], int)

    def _find_shortfall(self, row: np.ndarray, finer: np.ndarray) -> int:
        """Return the least number of decimals that a row lacks in the fields ``finer``."""
        least: int | None = None
        for at in finer:
            if not np.isnan(row[at]):
                lacks = max(int(self._decimals[at]) - count_decimals(row[at]), 0)
                least = lacks if least is None else min(least, lacks)
            if least == 0:
                break
        return least or 0


def count_decimals(number: float) -> int:
    """Return the decimals of the shortest print of a number; 0 of a missing one."""
    if number != number or number == int(number):
        return 0
    exponent = Decimal(repr(float(number))).as_tuple().exponent
    return min(-exponent if isinstance(exponent, int) else 0, MOST_DECIMALS)
