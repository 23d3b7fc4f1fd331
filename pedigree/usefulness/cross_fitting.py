"""Reads the real rows by classifiers that have not learned them, fold by fold, so that set-ups can be compared on them.

A synthetic row may be a real one rewritten: who has learned it knows the real row. So a classifier that is to read a
fold learns no synthetic row whose nearest real row is of that fold.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from pedigree.labels.cross_fitting import FOLDS, deal_folds, embed_terms, find_nearest
from pedigree.metrics.tables.features import find_nearest_rows
from pedigree.usefulness.bias_calibration import apply_biases, fit_biases
from pedigree.usefulness.pool import REAL, SYNTHETIC, Pool, TrainingMix
from pedigree.usefulness.training_set import Classifier, TrainingSet

MIN_ROWS = 100
MAX_ROWS = 5_000  # of each side that are learned and read: five folds of more take minutes
WHY_SO_MANY = (
    "where two set-ups decide a quarter of the rows differently, the 95 % interval of their difference reaches "
    f"10 points to each side with {MIN_ROWS} rows, and further with fewer"
)


@dataclass(frozen=True)
class CrossFit:
    """The fold and the label id of each real row, and by mix its probabilities (rows x labels)."""

    folds: np.ndarray
    label_ids: np.ndarray
    probabilities: Mapping[str, np.ndarray]

    def recalibrate(self, mix: str) -> np.ndarray:
        """Return the probabilities of a mix, recalibrated with biases fitted on the other folds."""
        probabilities = self.probabilities[mix]
        moved = np.zeros_like(probabilities)
        for fold in np.unique(self.folds):
            own = self.folds == fold
            moved[own] = apply_biases(probabilities[own], fit_biases(probabilities[~own], self.label_ids[~own]))
        return moved

    def fit_biases(self, mix: str) -> np.ndarray:
        """Return the bias of each label for a classifier of all rows of a mix."""
        return fit_biases(self.probabilities[mix], self.label_ids)


def cross_fit(classifier: Classifier, pool: Pool, mixes: Collection[str]) -> CrossFit | None:
    """Return the cross-fitted probabilities of at most 5,000 real rows by mix.

    Mixes are ``real``, ``synthetic``, ``both``, ``both_real_upweighted``.

    None for fewer than 100 real rows (``WHY_SO_MANY``), or if the rows of a fold and mix have fewer than two labels.
    """
    synthetic, real = _draw(pool)
    if len(real) < MIN_ROWS:
        return None
    label_ids = pool.label_ids[real]
    folds = deal_folds(label_ids, pool.seed)
    nearest = _find_nearest(pool, real, synthetic)
    probabilities = {mix: np.zeros((len(real), pool.label_count)) for mix in mixes}
    for fold in range(FOLDS):
        sides = {SYNTHETIC: synthetic[folds[nearest] != fold], REAL: real[folds != fold]}
        for mix, found in probabilities.items():
            training_set = _join(pool, sides, mix)
            if not training_set.has_two_labels:
                return None
            query_rows = real[folds == fold]
            found[folds == fold] = classifier(training_set, query_rows, pool.label_count, approximate=True)
    return CrossFit(folds, label_ids, probabilities)


def _draw(pool: Pool) -> tuple[np.ndarray, np.ndarray]:
    """Return the synthetic and the real rows, of each side at most 5,000, stratified by label."""
    sizes = [min(MAX_ROWS, len(side)) for side in (pool.synthetic, pool.real)]
    rows = pool.draw(TrainingMix(*sizes)).rows
    return rows[: sizes[0]], rows[sizes[0] :]


def _find_nearest(pool: Pool, real: np.ndarray, synthetic: np.ndarray) -> np.ndarray:
    """Return the place of the nearest of these real rows for each synthetic one."""
    if pool.table is not None:
        return find_nearest_rows(pool.table.take(real), pool.table.take(synthetic))
    return find_nearest(*embed_terms(*([pool.texts[row] for row in rows] for rows in (real, synthetic))))


def _join(pool: Pool, sides: Mapping[str, np.ndarray], mix: str) -> TrainingSet:
    """Return the rows of these sides that a mix takes; up-weighted real rows weigh as much in all as the others."""
    taken = [rows for side, rows in sides.items() if mix == side or mix.startswith("both")]
    weight = max(1.0, len(sides[SYNTHETIC]) / len(sides[REAL])) if mix == "both_real_upweighted" else 1.0
    rows = np.concatenate(taken)
    return TrainingSet(rows, pool.label_ids[rows], np.where(rows >= len(pool.synthetic), weight, 1.0))
