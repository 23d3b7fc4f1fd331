"""Measures how near synthetic texts are to real ones, and which share of the real ones they cover."""

import numpy as np

from pedigree.metrics.tfidf import Vectors, compute_cosines

NEAREST = 5
DIGITS = 9  # of a distance: equal texts get equal distances, whatever the order of summation


def measure_top_similarity(synthetic: Vectors, real: Vectors) -> float | None:
    """Return the mean over real texts of the mean cosine to their five nearest synthetic texts (Li et al. 2023).

    Null without real texts, or for fewer than five synthetic ones.
    """
    if not real.shape[0] or synthetic.shape[0] < NEAREST:
        return None
    cosines = compute_cosines(real, synthetic)
    return float(np.partition(cosines, -NEAREST, axis=1)[:, -NEAREST:].mean())


def measure_coverage(synthetic: Vectors, real: Vectors) -> dict[str, float | None]:
    """Return coverage and precision with balls around real texts, whose radius is the fifth nearest real distance.

    A point is in a ball if its distance (1 - cosine) is below the radius. Coverage is the share of real texts whose
    ball holds a synthetic text (Naeem et al. 2020, who expect 1 - 1/2^5 = 0.97 of many texts of the same source,
    lemma 2); precision is the share of synthetic texts in the ball of any real text (Kynkäänniemi et al. 2019). Null
    without synthetic texts, or for at most five real ones.
    """
    if real.shape[0] <= NEAREST or not synthetic.shape[0]:
        return {"coverage": None, "precision": None}
    own = _find_distances(real, real)
    np.fill_diagonal(own, 0)
    radius = np.partition(own, NEAREST, axis=1)[:, [NEAREST]]
    within = _find_distances(real, synthetic) < radius
    return {"coverage": float(within.any(axis=1).mean()), "precision": float(within.any(axis=0).mean())}


def _find_distances(one: Vectors, other: Vectors) -> np.ndarray:
    return np.round(1 - compute_cosines(one, other), DIGITS)
