"""Runs trials: a classifier trained on one mix of rows, and its scores on the held-out rows."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pedigree.usefulness import scores
from pedigree.usefulness.pool import Pool, TrainingMix
from pedigree.usefulness.training_set import Classifier

MIXES = ("synthetic", "synthetic_same_size", "real_same_size", "real", "both", "both_real_upweighted")


@dataclass(frozen=True)
class Trial:
    """The true label ids of the held-out rows and their predicted probabilities (rows x labels).

    ``on_real`` holds the probabilities for the pool's calibration rows; None if the classifier learned from real rows.
    """

    true: np.ndarray
    probabilities: np.ndarray
    on_real: np.ndarray | None = None

    @cached_property
    def predicted(self) -> np.ndarray:
        """Return the predicted label id of each row."""
        return self.probabilities.argmax(axis=1)

    @cached_property
    def confusion(self) -> np.ndarray:
        """Return the confusion matrix: true labels x predicted labels."""
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
    """Return the training mixes that these numbers of rows allow, by name.

    ``*_same_size`` cuts the larger side to the size of the smaller one. Up-weighted real rows have the same total
    weight as the synthetic ones, if these are more.
    """
    smaller = min(synthetic, real)
    mixes = {
        "synthetic": TrainingMix(synthetic, 0),
        "synthetic_same_size": TrainingMix(smaller, 0),
        "real_same_size": TrainingMix(0, smaller),
        "real": TrainingMix(0, real),
    }
    if smaller:
        mixes["both"] = TrainingMix(synthetic, real)
        mixes["both_real_upweighted"] = TrainingMix(synthetic, real, max(1.0, synthetic / real))
    return {name: mix for name, mix in mixes.items() if len(mix) > 1}


def run_trial(
    classifier: Classifier, pool: Pool, mix: TrainingMix, repeat: int = 0, *, approximate: bool = False
) -> Trial | None:
    """Return the trial of a mix; None if its rows have fewer than two labels."""
    training_set = pool.draw(mix, repeat)
    if not training_set.has_two_labels:
        return None
    true = pool.label_ids[pool.test_rows]
    if mix.real or approximate:
        return Trial(true, classifier(training_set, pool.test_rows, pool.label_count, approximate=approximate))
    query_rows = np.concatenate([pool.test_rows, pool.calibration_rows.rows])
    probabilities = classifier(training_set, query_rows, pool.label_count)
    return Trial(true, probabilities[: len(true)], probabilities[len(true) :])


def repeat_trial(classifier: Classifier, pool: Pool, mix: TrainingMix, repeats: int) -> list[float]:
    """Return macro-F1 over resampled training rows of a mix, leaving out samples of fewer than two labels."""
    training_sets = [pool.resample(mix, repeat) for repeat in range(1, repeats + 1)]
    true = pool.label_ids[pool.test_rows]
    return [
        Trial(true, classifier(training_set, pool.test_rows, pool.label_count, approximate=True)).macro_f1
        for training_set in training_sets
        if training_set
    ]
