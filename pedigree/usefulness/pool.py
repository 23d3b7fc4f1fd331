"""A pool: synthetic rows, real rows and held-out rows side by side, and the training sets that are drawn from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pedigree.usefulness.training_set import TrainingSet

SYNTHETIC, REAL = "synthetic", "real"
MAX_RECALIBRATING = 200


@dataclass(frozen=True)
class Sample:
    """Texts and the place of each one's label among the task's labels."""

    texts: Sequence[str]
    label_ids: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True)
class TrainingMix:
    """How many rows of each side a student is taught with, and what each real row weighs (a synthetic one weighs 1)."""

    synthetic: int
    real: int
    real_weight: float = 1.0

    def __len__(self) -> int:
        return self.synthetic + self.real


@dataclass(frozen=True)
class Pool:
    """Three samples whose rows are numbered through: first the synthetic ones, then the real, then the held-out."""

    synthetic: Sample
    real: Sample
    held_out: Sample
    label_count: int
    seed: int

    @cached_property
    def texts(self) -> list[str]:
        """Return all texts, in the order of their numbers."""
        return [*self.synthetic.texts, *self.real.texts, *self.held_out.texts]

    @cached_property
    def label_ids(self) -> np.ndarray:
        """Return the place of each row's label."""
        return np.concatenate([self.synthetic.label_ids, self.real.label_ids, self.held_out.label_ids]).astype(int)

    @cached_property
    def sides(self) -> dict[str, np.ndarray]:
        """Return the numbers of the synthetic and of the real rows."""
        all_rows = np.arange(len(self.synthetic) + len(self.real))
        return {SYNTHETIC: all_rows[: len(self.synthetic)], REAL: all_rows[len(self.synthetic) :]}

    @cached_property
    def test_rows(self) -> np.ndarray:
        """Return the numbers of the held-out rows."""
        return np.arange(len(self.held_out)) + len(self.synthetic) + len(self.real)

    @cached_property
    def calibration_rows(self) -> TrainingSet:
        """Return the real rows that decisions are recalibrated on: at most 200, of each label its share."""
        return self.draw(TrainingMix(0, min(MAX_RECALIBRATING, len(self.real))))

    def draw(self, mix: TrainingMix, time: int = 0) -> TrainingSet:
        """Return a mix's rows, drawn without replacement: of each side's labels the side's own shares.

        Of one ``time``, the rows of a smaller mix are among those of a larger one. A label's first row comes before
        any label's second. A side that is taken whole is the side, in its order.
        """
        parts = {
            name: np.sort(self._line_up(name, time)[: getattr(mix, name)]) if getattr(mix, name) else side[:0]
            for name, side in self.sides.items()
        }
        return self._teach(mix, parts)

    def resample(self, mix: TrainingMix, time: int) -> TrainingSet | None:
        """Return as many rows of each side, drawn with replacement from all of it: a repeat of the mix.

        None where the rows drawn never have two labels.
        """
        rng = np.random.default_rng([self.seed, time])
        for _ in range(100):
            parts = {
                name: rng.choice(side, getattr(mix, name)) if getattr(mix, name) else side[:0]
                for name, side in self.sides.items()
            }
            if (training_set := self._teach(mix, parts)).has_two_labels:
                return training_set
        return None

    def _teach(self, mix: TrainingMix, parts: dict[str, np.ndarray]) -> TrainingSet:
        rows = np.concatenate([parts[SYNTHETIC], parts[REAL]])
        weights = np.repeat([1.0, mix.real_weight], [len(parts[SYNTHETIC]), len(parts[REAL])])
        return TrainingSet(rows, self.label_ids[rows], weights)

    def _line_up(self, name: str, time: int) -> np.ndarray:
        """Return a side's rows in an order of chance in which each stretch has the labels' shares."""
        side = self.sides[name]
        shuffled = np.random.default_rng([self.seed, time, list(self.sides).index(name)]).permutation(side)
        label_ids = self.label_ids[shuffled]
        order = np.argsort(label_ids, kind="stable")
        counts = np.bincount(label_ids, minlength=self.label_count)
        turns = np.empty(len(side))
        turns[order] = np.concatenate([np.arange(count) / max(count, 1) for count in counts])
        return shuffled[np.argsort(turns, kind="stable")]
