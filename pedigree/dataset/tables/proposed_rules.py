"""Proposes rules that hold in all rows of a table: order of columns, sums, and columns that set others.

Columns of random values would keep a rule by chance, too. A rule is proposed only if that is unlikely: the share of
pairs of values, drawn from different rows, that keep it, to the power of the rows, is at most ``CHANCE``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
import polars as pl

MAX_COLUMNS = 40  # of each kind that are compared, the first ones
MAX_SUMMED = 15
MAX_RULES = 10  # of each kind that are proposed
MAX_ROWS = 10_000
LEAST_ROWS = 20
CHANCE = 1e-6
MAX_LEFT = 1000  # different values of a column that may set another


@dataclass(frozen=True)
class ProposedRule:
    """A check, or the fields that set others; ``rests_on`` says in how many rows it holds."""

    check: str
    depends: tuple[str, str] | None
    rests_on: str


def propose_rules(frame: pl.DataFrame) -> list[ProposedRule]:
    """Return the rules that all rows of typed columns hold, at most ``MAX_RULES`` of each kind; none of the label."""
    rows = frame.drop("label", strict=False)[:MAX_ROWS]
    ordered = [name for name, kind in rows.schema.items() if kind.is_numeric() or kind == pl.Date][:MAX_COLUMNS]
    numbers = [name for name in ordered if rows.schema[name].is_numeric()][:MAX_SUMMED]
    keys = [name for name, kind in rows.schema.items() if kind in (pl.String, pl.Int64, pl.Boolean)][:MAX_COLUMNS]
    sums = list(_find_sums(rows, numbers))[:MAX_RULES]
    return [*sums, *_find_orders(rows, ordered)[:MAX_RULES], *_find_dependencies(rows, keys)]


def _find_orders(rows: pl.DataFrame, names: Sequence[str]) -> list[ProposedRule]:
    """Return orders of two columns, first those that are least likely by chance."""
    found: list[tuple[float, ProposedRule]] = []
    columns = {name: rows[name].to_physical().cast(pl.Float64).to_numpy() for name in names}
    for low, high in permutations(names, 2):
        if (rows.schema[low] == pl.Date) != (rows.schema[high] == pl.Date):
            continue
        one, other = columns[low], columns[high]
        there = ~(np.isnan(one) | np.isnan(other))
        one, other = one[there], other[there]
        if len(one) < LEAST_ROWS or not (one <= other).all() or (one == other).all() or one.max() <= other.min():
            continue  # where the ranges are apart, min and max of the fields say it already
        by_chance = np.searchsorted(np.sort(one), other, side="right").mean() / len(one)
        if len(one) * np.log(max(by_chance, 1e-300)) <= np.log(CHANCE):
            rests = f"in all {len(one):,} rows; {by_chance:.0%} of random pairs of values hold it"
            found.append((by_chance, ProposedRule(f"{low} <= {high}", None, rests)))
    return [rule for _, rule in sorted(found, key=lambda one: one[0])]


def _find_sums(rows: pl.DataFrame, names: Sequence[str]) -> Iterator[ProposedRule]:
    columns = {name: rows[name].cast(pl.Float64).to_numpy() for name in names}
    for one, other in combinations(names, 2):
        for total in names:
            if total in (one, other):
                continue
            parts, whole = (columns[one], columns[other]), columns[total]
            there = ~(np.isnan(parts[0]) | np.isnan(parts[1]) | np.isnan(whole))
            a, b, whole = parts[0][there], parts[1][there], whole[there]
            if len(whole) < LEAST_ROWS or min(len(np.unique(column)) for column in (a, b, whole)) < 3:
                continue
            spread = float(whole.std())
            if np.abs(a + b - whole).max() <= 1e-6 * spread:
                yield ProposedRule(f"{total} = {one} + {other}", None, f"in all {len(whole):,} rows")


def _find_dependencies(rows: pl.DataFrame, names: Sequence[str]) -> list[ProposedRule]:
    few = [name for name in names if 2 <= rows[name].drop_nulls().n_unique() <= MAX_LEFT]
    found: list[ProposedRule] = []
    for left, right in permutations(few, 2):
        known = rows.select(left, right).drop_nulls()
        values = known[left].n_unique()
        repeats = known.height - values
        if repeats < LEAST_ROWS or known[right].n_unique() < 2 or known.n_unique() > values:
            continue
        equal = float((known[right].value_counts()["count"] / known.height).pow(2).sum())
        if repeats * np.log(equal) > np.log(CHANCE) or any(one.depends == (right, left) for one in found):
            continue
        rests = f"in all {known.height:,} rows, {values:,} values of {left}"
        found.append(ProposedRule("", (left, right), rests))
        if len(found) == MAX_RULES:
            break
    return found
