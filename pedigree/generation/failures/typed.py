"""Rows of a table in failure-driven rounds and groups: as vectors of their typed columns, and what sets some apart."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pedigree.generation.failures.collapse import Variety
from pedigree.metrics.diversity import measure_vendi
from pedigree.metrics.tables.columns import Column, make_table
from pedigree.metrics.tables.features import learn_features

Rows = Sequence[Mapping[str, Any]]  # the fields of rows
APART, SHARE_APART = 0.5, 0.25  # standard deviations of people's rows, and difference of shares, that are told


def embed_columns(rows: Rows, people: Rows, columns: Sequence[Column]) -> np.ndarray:
    """Return unit vectors (rows x features): numbers in standard deviations of people's rows, levels one-hot, centred.

    A row that is people's mean is the zero vector.
    """
    known = make_table(people, columns)
    space = learn_features(known)
    vectors = space.embed(make_table(rows, columns)) - space.embed(known).mean(axis=0)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)


def measure_column_variety(rows: Rows, people: Rows, columns: Sequence[Column]) -> Variety:
    """Return the variety of rows of a table: the Vendi score of their vectors; of words nothing is known."""
    return Variety(len(rows), measure_vendi(embed_columns(rows, people, columns)), None, 0, None)


def tell_columns(rows: Rows, others: Rows, columns: Sequence[Column], most: int) -> tuple[str, ...]:
    """Return by which columns some rows are most unlike others: "height high", "soil clay", "wild missing".

    A number is told if its means are half a standard deviation apart, a level or a gap if its shares are 0.25 apart.
    """
    if not rows or not others:
        return ()
    found: list[tuple[float, str]] = []
    own, rest = make_table(rows, columns).values, make_table(others, columns).values
    for place, column in enumerate(columns):
        mine, theirs = own[:, place], rest[:, place]
        gaps = float(np.isnan(mine).mean() - np.isnan(theirs).mean())
        found.append((gaps / SHARE_APART, f"{column.name} missing"))
        if column.kind == "category":
            for level, name in enumerate(column.levels):
                apart = float((mine == level).mean() - (theirs == level).mean())
                found.append((apart / SHARE_APART, f"{column.name} {name}"))
        elif not (np.isnan(mine).all() or np.isnan(theirs).all()):
            scale = float(np.nanstd(np.concatenate([mine, theirs]))) or 1.0
            apart = float(np.nanmean(mine) - np.nanmean(theirs)) / scale
            found.append((abs(apart) / APART, f"{column.name} {'high' if apart > 0 else 'low'}"))
    ranked = sorted(((round(score, 9), said) for score, said in found), key=lambda one: (-one[0], one[1]))
    return tuple(said for score, said in ranked if score >= 1)[:most]
