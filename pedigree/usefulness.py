"""Usefulness: a student trained on synthetic rows, tested on rows that people wrote (TSTR, Esteban et al. 2017).

Beside it stands the same student trained on the seeds, and the difference of the two on the same test rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pedigree.scores import count_confusion, find_interval, resample_macro_f1, score_auc, score_confusion
from pedigree.student import train_student

MOST_TRAINING_ROWS = 20_000  # five repeats stay within minutes on a laptop


@dataclass(frozen=True)
class Sample:
    """Texts and the place of each one's label among the task's labels."""

    texts: Sequence[str]
    places: np.ndarray

    def take(self, rows: np.ndarray) -> "Sample":
        """Return these rows, in their order."""
        return Sample([self.texts[row] for row in rows], self.places[rows])

    @property
    def can_teach(self) -> bool:
        """Return whether there are at least two labels to tell apart."""
        return len(np.unique(self.places)) > 1


def measure_usefulness(
    synthetic: Sample, seeds: Sample, held_out: Sample, labels: list[str], repeats: int, seed: int
) -> dict[str, Any]:
    """Return how well a student trained on synthetic rows, and one trained on the seeds, label the held-out rows.

    Each has macro-F1 with a 95 % interval (resampled test rows), its mean and standard deviation over ``repeats``
    students (resampled training rows), one-vs-rest AUC, accuracy, F1 per label and the confusion (lines: true).
    ``difference`` is synthetic minus seeds on the same test rows. Who has fewer than two labels to learn is null.
    """
    teachers = {"synthetic": synthetic, "seeds": seeds}
    result: dict[str, Any] = {"test_rows": len(held_out.texts), "difference": None}
    said = {}
    for name, sample in teachers.items():
        result[name] = None
        if sample.can_teach:
            said[name], result[name] = _try(_shorten(sample, seed), held_out, labels, repeats, seed)
    if len(said) == 2:
        f1 = resample_macro_f1(held_out.places, list(said.values()), len(labels), seed)
        result["difference"] = {
            "macro_f1": result["synthetic"]["macro_f1"] - result["seeds"]["macro_f1"],
            "macro_f1_interval": find_interval(f1[:, 0] - f1[:, 1]),
        }
    return result


def _try(sample: Sample, held_out: Sample, labels: list[str], repeats: int, seed: int):
    true, count = held_out.places, len(labels)
    probabilities = _teach(sample, held_out, labels, seed)
    said = probabilities.argmax(axis=1)
    confusion = count_confusion(true, said, count)
    f1 = score_confusion(confusion)
    repeated = [_repeat(sample, held_out, labels, seed, time) for time in range(repeats)]
    return said, {
        "train_rows": len(sample.texts),
        "macro_f1": float(np.nanmean(f1)),
        "macro_f1_interval": find_interval(resample_macro_f1(true, [said], count, seed)[:, 0]),
        "macro_f1_repeats": repeated,
        "macro_f1_mean": float(np.mean(repeated)),
        "macro_f1_std": float(np.std(repeated)),
        "auc": score_auc(true, probabilities),
        "accuracy": float(np.trace(confusion) / len(true)),
        "f1": {label: None if np.isnan(value) else float(value) for label, value in zip(labels, f1, strict=True)},
        "confusion": confusion.tolist(),
    }


def _repeat(sample: Sample, held_out: Sample, labels: list[str], seed: int, time: int) -> float:
    """Return macro-F1 of a student that saw training rows drawn with replacement, until two labels are among them."""
    rng, drawn = np.random.default_rng([seed, time]), None
    while drawn is None or not drawn.can_teach:
        drawn = sample.take(rng.integers(len(sample.texts), size=len(sample.texts)))
    said = _teach(drawn, held_out, labels, seed + time).argmax(axis=1)
    return float(np.nanmean(score_confusion(count_confusion(held_out.places, said, len(labels)))))


def _shorten(sample: Sample, seed: int) -> Sample:
    if len(sample.texts) <= MOST_TRAINING_ROWS:
        return sample
    rng = np.random.default_rng(seed)
    return sample.take(np.sort(rng.choice(len(sample.texts), MOST_TRAINING_ROWS, replace=False)))


def _teach(sample: Sample, held_out: Sample, labels: list[str], seed: int) -> np.ndarray:
    """Return the probability of each label for each held-out row; a label that the student never saw has 0."""
    student = train_student(sample.texts, [labels[place] for place in sample.places], seed)
    probabilities = np.zeros((len(held_out.texts), len(labels)))
    seen = [labels.index(label) for label in student.classes_]
    probabilities[:, seen] = student.predict_proba(held_out.texts)
    return probabilities
