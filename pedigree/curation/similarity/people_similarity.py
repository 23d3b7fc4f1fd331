"""The threshold of similarity in meaning that rows of people give: how near their distinct rows of one label come."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor

import numpy as np

from pedigree.curation.similarity.vectors import Vectors, multiply, to_cosine

SHARE = 0.01  # of people's rows may have another of their label at the threshold
FEWEST = 100  # rows of people: fewer do not tell what one in a hundred is like
FIXED = 0.9  # used where there are fewer
LEAST = 0.85  # below it, rows of one label share a topic rather than a meaning
BLOCK = 256  # rows


@dataclass(frozen=True)
class MeaningThreshold:
    """The cosine from which two rows of a label are one, and what it rests on.

    ``asked`` is what the recipe says. ``people`` counts distinct rows of people that have another of their label; 0 if
    they were not looked at. ``reached`` is the share of them whose nearest other row reaches ``threshold``; None where
    there are none. ``why`` is a phrase for people.
    """

    asked: float | str
    threshold: float
    people: int
    reached: float | None
    why: str


def find_threshold(asked: float | str, people: Mapping[str, Vectors]) -> MeaningThreshold:
    """Return the threshold: the number that the recipe gives, or for ``auto`` one from people's rows by label.

    ``auto`` is the least hundredth, ``LEAST`` or more, that at most ``SHARE`` of the rows reach with the nearest other
    row of their label; ``FIXED`` for fewer than ``FEWEST`` rows.
    """
    if isinstance(asked, float | int):
        return MeaningThreshold(asked, float(asked), 0, None, "as the recipe says")
    nearest = np.concatenate([np.empty(0), *map(_find_nearest, people.values())])
    rows = len(nearest)
    if rows < FEWEST:
        why = f"what people's rows would give is unknown: {rows:,} distinct ones have another of their label, and "
        why += f"{FEWEST} are needed. {FIXED} is used, a common choice for such a search"
        return MeaningThreshold(asked, FIXED, rows, _share(nearest, FIXED), why)
    threshold = max(LEAST, _find_quantile(nearest))
    reached = _share(nearest, threshold)
    why = f"of {rows:,} distinct rows of people, {reached:.1%} have another of their label that is as similar"
    if threshold == LEAST:
        why += f"; {LEAST} is the least that is used"
    if threshold == 1:
        why += "; nothing but rows with the same vector is found: the embedder can't tell people's rows apart"
    return MeaningThreshold(asked, threshold, rows, reached, why)


def _find_quantile(nearest: np.ndarray) -> float:
    """Return the least hundredth that at most ``SHARE`` of the values reach; 1 if there is none."""
    allowed = floor(SHARE * len(nearest))
    first = round(float(np.sort(nearest)[::-1][allowed]) * 1000)  # the greatest value that may not reach it
    return min(100, first // 10 + 1) / 100


def _share(nearest: np.ndarray, threshold: float) -> float | None:
    return float((nearest >= threshold).mean()) if len(nearest) else None


def _find_nearest(vectors: Vectors) -> np.ndarray:
    """Return each row's cosine to the nearest other row (rounded); nothing for a single row."""
    rows, dimensions = vectors[0].shape
    found = []
    for start in range(0, rows if rows > 1 else 0, BLOCK):
        products = multiply([field[start : start + BLOCK] for field in vectors], vectors)
        products[np.arange(len(products)), np.arange(start, start + len(products))] = -np.inf
        found += [to_cosine(dot, dimensions) for dot in products.max(axis=1)]
    return np.array(found)
