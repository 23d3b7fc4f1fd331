"""Sorts the rows of a dataset into easy, ambiguous and hard ones, beside rows of people that the same student learned.

A student learns the rows of both splits and the seeds. The limits are those of people's rows (the seeds and the real
rows): of these a third is ambiguous. So the shares say how the rows differ from what people write.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from pedigree.dataset.examples import Example
from pedigree.metrics.tables.columns import Column, make_table
from pedigree.metrics.text_classifier import text_of
from pedigree.usefulness.training_dynamics import (
    EASY,
    KINDS,
    Cuts,
    Dynamics,
    find_cuts,
    follow_training,
    sort_rows,
)

MIN_PEOPLE = 30  # rows of people that give limits; with fewer, the dataset's own rows do
MOST_EASY = 0.95  # share of easy rows that warns
COLUMN = "difficulty"

log = logging.getLogger("pedigree")


@dataclass(frozen=True)
class DifficultyMap:
    """The dynamics of a dataset's rows, in the order of their table, those of people's rows, and the limits."""

    rows: Dynamics
    people: Dynamics
    cuts: Cuts
    by_people: bool  # whether the limits are those of people's rows

    @property
    def kinds(self) -> np.ndarray:
        """Return "easy", "ambiguous" or "hard" for each row of the table."""
        return sort_rows(self.rows, self.cuts)


def map_difficulty(
    rows: pl.DataFrame,
    seeds: Sequence[Example],
    fields: Sequence[str],
    labels: Sequence[str],
    seed: int,
    columns: Sequence[Column] = (),
) -> DifficultyMap | None:
    """Return the map of the rows of both splits; None where they have fewer than two labels. Deterministic.

    ``rows`` are in the order of their ids. A seed that is also a real row counts once. ``columns`` are the typed ones
    of rows without texts, which are learned then.
    """
    numbers = {label: number for number, label in enumerate(labels)}
    texts = [text_of(row) for row in rows.select(list(fields)).iter_rows(named=True)]
    known = set(zip(texts, rows["label"], strict=True))
    found = {(text_of(one.fields), one.label): one for one in seeds if one.label in numbers}
    people = [one for pair, one in found.items() if pair not in known]
    ids = np.array([numbers[label] for label in (*rows["label"], *(one.label for one in people))], dtype=int)
    if rows.height == 0 or len(np.unique(ids)) < 2:
        return None
    texts += [text_of(one.fields) for one in people]
    values = [*rows.select(list(fields)).iter_rows(named=True), *(one.fields for one in people)] if columns else []
    table = make_table(values, columns) if columns else None
    dynamics = follow_training(texts, ids, len(labels), seed, table)
    is_real = rows["completion_id"].is_null().to_numpy()
    by_people = dynamics.select(np.concatenate([is_real, np.ones(len(people), dtype=bool)]))
    own, enough = dynamics.select(slice(rows.height)), len(by_people.aum) >= MIN_PEOPLE
    return DifficultyMap(own, by_people, find_cuts(by_people if enough else own), enough)


def describe_difficulty(found: DifficultyMap, rows: pl.DataFrame, labels: Sequence[str]) -> dict[str, Any]:
    """Return shares of easy, ambiguous and hard rows, mean AUM and the share of negative ones, by label and generator.

    ``warning`` is a sentence where at least 95 % of the synthetic rows are easy; null otherwise, and where too few
    rows of people gave limits.
    """
    kinds, synthetic = found.kinds, rows["completion_id"].is_not_null().to_numpy()
    made = {label: synthetic & (rows["label"] == label).to_numpy() for label in labels}
    by_generator = {
        name: synthetic & (rows["generator"] == name).to_numpy()
        for name in sorted(set(rows.filter(pl.Series(synthetic))["generator"]))
    }
    whole = _describe(found.rows.select(synthetic), kinds[synthetic])
    return {
        "limits_by": "people" if found.by_people else "rows",
        "people": _describe(found.people, sort_rows(found.people, found.cuts)),
        "synthetic": whole,
        "by_label": {name: _describe(found.rows.select(own), kinds[own]) for name, own in made.items()},
        "by_generator": {name: _describe(found.rows.select(own), kinds[own]) for name, own in by_generator.items()},
        "warning": _warn(whole, found.by_people),
    }


def _describe(dynamics: Dynamics, kinds: np.ndarray) -> dict[str, Any] | None:
    """Return the figures of some rows; None for none."""
    if not len(kinds):
        return None
    return {
        "rows": len(kinds),
        **{kind: float(np.mean(kinds == kind)) for kind in KINDS},
        "confidence": float(dynamics.confidence.mean()),
        "aum": float(dynamics.aum.mean()),
        "negative_aum": float(np.mean(dynamics.aum < 0)),
    }


def _warn(whole: dict[str, Any] | None, by_people: bool) -> str | None:
    if whole is None or not by_people or whole[EASY] < MOST_EASY:
        return None
    return (
        f"{whole[EASY]:.0%} of the synthetic rows are easy: a classifier learns little from more of them. Ask for rows "
        "that it gets wrong, by a generator with 'strategy: failures' (docs/failures.md), or vary rows by attributes"
    )
