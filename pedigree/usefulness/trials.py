"""A trial: what a student of one mix says of the held-out rows, and how good that is."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pedigree.usefulness import scores
from pedigree.usefulness.pool import Pool, TrainingMix
from pedigree.usefulness.training_set import Student

MIXES = ("synthetic", "synthetic_same_size", "real_same_size", "real", "both", "both_real_upweighted")


@dataclass(frozen=True)
class Trial:
    """The probabilities that a student gives the labels of the held-out rows, whose labels are ``true``.

    ``on_real``: those that it gives the labels of the pool's few real rows; None where it learned from real rows.
    """

    true: np.ndarray
    probabilities: np.ndarray
    on_real: np.ndarray | None = None

    @cached_property
    def predicted(self) -> np.ndarray:
        """Return the place of the label that each row is read as."""
        return self.probabilities.argmax(axis=1)

    @cached_property
    def confusion(self) -> np.ndarray:
        """Return the counts of rows, lines true and columns said."""
        return scores.count_confusion(self.true, self.predicted, self.probabilities.shape[1])

    @cached_property
    def f1(self) -> np.ndarray:
        """Return F1 by label; NaN for a label without test rows."""
        return scores.score_confusion(self.confusion)

    @property
    def macro_f1(self) -> float:
        """Return the mean F1 of the labels that have test rows."""
        return float(scores.average_f1(self.f1))

    def score(self) -> dict[str, Any]:
        """Return macro-F1, accuracy, one-vs-rest AUC and expected calibration error."""
        return {
            "macro_f1": self.macro_f1,
            "accuracy": float(np.mean(self.predicted == self.true)),
            "auc": scores.score_auc(self.true, self.probabilities),
            "calibration_error": scores.score_calibration_error(self.true, self.probabilities),
        }


def plan_mixes(synthetic: int, real: int) -> dict[str, TrainingMix]:
    """Return the mixes that so many rows of the two sides allow, by name.

    The larger side is drawn down to the smaller one's size. Up-weighted real rows weigh as much in all as the synthetic
    ones, where these are more.
    """
    least = min(synthetic, real)
    mixes = {
        "synthetic": TrainingMix(synthetic, 0),
        "synthetic_same_size": TrainingMix(least, 0),
        "real_same_size": TrainingMix(0, least),
        "real": TrainingMix(0, real),
        "both": TrainingMix(synthetic, real) if least else TrainingMix(0, 0),
        "both_real_upweighted": TrainingMix(synthetic, real, max(1.0, synthetic / real))
        if least
        else TrainingMix(0, 0),
    }
    return {name: mix for name, mix in mixes.items() if len(mix) > 1}


def run_trial(
    student: Student, pool: Pool, mix: TrainingMix, time: int = 0, *, approximate: bool = False
) -> Trial | None:
    """Return the trial of a mix's rows; None where they have fewer than two labels."""
    training_set = pool.draw(mix, time)
    if not training_set.has_two_labels:
        return None
    true, few = pool.label_ids[pool.test_rows], pool.calibration_rows.rows
    if mix.real or approximate:
        return Trial(true, student(training_set, pool.test_rows, pool.label_count, approximate=approximate))
    said = student(training_set, np.concatenate([pool.test_rows, few]), pool.label_count)
    return Trial(true, said[: len(true)], said[len(true) :])


def repeat_trial(student: Student, pool: Pool, mix: TrainingMix, repeats: int) -> list[float]:
    """Return macro-F1 of students of a mix's rows drawn anew with replacement, as often as two labels are drawn."""
    training_sets = [pool.resample(mix, time) for time in range(1, repeats + 1)]
    true = pool.label_ids[pool.test_rows]
    return [
        Trial(true, student(training_set, pool.test_rows, pool.label_count, approximate=True)).macro_f1
        for training_set in training_sets
        if training_set
    ]
