"""Two-sample test by a classifier (Lopez-Paz and Oquab 2017): area under the ROC curve, with an interval.

The classifier is trained on four fifths of both sides and reads the last fifth, five times. Only rows of one fold are
compared, as they have the same reader. The interval is a bootstrap over the rows read (Efron 1979): the classifiers
stay as they are, so it says how far the area depends on the rows that it rests on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pedigree.metrics.discriminator.features import Row, read_classes

FOLDS = 5
CHANCE = 0.5  # an area below it is noise
MIN_ROWS = 10  # of each side: two for each fold
DRAWS = 1000
PERCENT = (2.5, 97.5)


@dataclass(frozen=True)
class People:
    """Rows of people in one order; the fold of a row is its place modulo 5, so that it is the same in every test."""

    rows: Sequence[Row]
    strata: Sequence[str]


@dataclass(frozen=True)
class Area:
    """The area: 0.5 if nothing tells the rows apart, 1 if everything does; None with ``reason`` where it is unknown.

    ``people`` and ``made`` are the rows that it rests on. ``draws`` are the areas of the bootstrap.
    """

    area: float | None
    interval: tuple[float, float] | None
    people: int
    made: int
    draws: np.ndarray | None = None
    reason: str | None = None


def measure_area(
    people: People, made: Sequence[Row], strata: Sequence[str], *, texts: bool, seed: int, names: Sequence[str]
) -> Area:
    """Return how well a classifier tells made rows, of these strata, from people's; ``names`` are the columns read.

    Of each stratum as many rows of both sides are taken, the first ones, so that the labels tell nothing.
    """
    left, right = _pair(people, strata)
    if min(len(left), len(right)) < MIN_ROWS:
        found = f"{len(left):,} rows of each side are fewer than {MIN_ROWS}"
        return Area(None, None, len(left), len(right), reason=found)
    own = [{name: people.rows[place][name] for name in names} for place in left]
    others = [{name: made[place][name] for name in names} for place in right]
    folds = np.array([*(place % FOLDS for place in left), *(place % FOLDS for place in range(len(right)))])
    is_made = np.arange(len(folds)) >= len(left)
    rows, scores = [*own, *others], np.zeros(len(folds))
    for fold in range(FOLDS):
        test = np.flatnonzero(folds == fold)
        train = np.flatnonzero(folds != fold)
        if not len(test):
            continue
        classes, read = read_classes(
            [rows[at] for at in train], is_made[train].tolist(), [rows[at] for at in test], texts=texts, seed=seed
        )
        scores[test] = read[:, classes.index(True)]
    places = {place: at for at, place in enumerate(left)}
    return _sum_up(scores, folds, places, len(left), len(people.rows), seed)


def compare_areas(first: Area, other: Area) -> tuple[float, tuple[float, float]] | None:
    """Return by how much the area falls from ``first`` to ``other``, with its interval; None if one is unknown.

    An area below chance counts as chance. Both must rest on the same people's rows, whose draws are the same in both.
    """
    if first.area is None or other.area is None or first.draws is None or other.draws is None:
        return None
    low, high = np.percentile(np.maximum(first.draws, CHANCE) - np.maximum(other.draws, CHANCE), PERCENT)
    return round(max(CHANCE, first.area) - max(CHANCE, other.area), 4), (round(float(low), 4), round(float(high), 4))


def _pair(people: People, strata: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return the places of the rows that are compared, of people's and of made ones: as many of each stratum."""
    ours, theirs = _group(people.strata), _group(strata)
    left, right = [], []
    for name in ours:
        size = min(len(ours[name]), len(theirs.get(name, ())))
        left += ours[name][:size]
        right += theirs.get(name, [])[:size]
    return left, right


def _group(strata: Sequence[str]) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, name in enumerate(strata):
        found.setdefault(name, []).append(place)
    return dict(sorted(found.items()))


def _sum_up(scores: np.ndarray, folds: np.ndarray, places: dict[int, int], own: int, whole: int, seed: int) -> Area:
    """Return the area over the pairs within folds, with its bootstrap."""
    chance: Any = np.random.default_rng([seed % 2**32, 1])
    drawn_people = np.zeros((DRAWS, own))  # the draws of a person's row depend on its place among all, not on the pair
    for fold in range(FOLDS):
        every = range(fold, whole, FOLDS)
        counts = chance.multinomial(len(every), [1 / len(every)] * len(every), size=DRAWS) if len(every) else None
        for at, place in enumerate(every):
            if counts is not None and place in places:
                drawn_people[:, places[place]] = counts[:, at]
    chance = np.random.default_rng([seed % 2**32, 2, *(int(score * 1e6) for score in scores[own : own + 3])])
    above = pairs = 0.0
    draws, weights = np.zeros(DRAWS), np.zeros(DRAWS)
    for fold in range(FOLDS):
        left = np.flatnonzero((folds == fold) & (np.arange(len(folds)) < own))
        right = np.flatnonzero((folds == fold) & (np.arange(len(folds)) >= own))
        if not len(left) or not len(right):
            continue
        wins = (scores[right][None, :] > scores[left][:, None]) + 0.5 * (
            scores[right][None, :] == scores[left][:, None]
        )
        above, pairs = above + float(wins.sum()), pairs + wins.size
        drawn_made = chance.multinomial(len(right), [1 / len(right)] * len(right), size=DRAWS)
        draws += ((drawn_people[:, left] @ wins) * drawn_made).sum(axis=1)
        weights += drawn_people[:, left].sum(axis=1) * drawn_made.sum(axis=1)
    draws = np.where(weights > 0, draws / np.maximum(weights, 1), above / pairs)
    low, high = np.percentile(draws, PERCENT)
    interval = (round(float(low), 4), round(float(high), 4))
    return Area(round(above / pairs, 4), interval, own, len(scores) - own, draws)
