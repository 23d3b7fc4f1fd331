"""A pool: synthetic rows, real rows and held-out rows side by side, and the lessons that are drawn from it."""

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
    places: np.ndarray

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
    labels: int
    seed: int

    @cached_property
    def texts(self) -> list[str]:
        """Return all texts, in the order of their numbers."""
        return [*self.synthetic.texts, *self.real.texts, *self.held_out.texts]

    @cached_property
    def places(self) -> np.ndarray:
        """Return the place of each row's label."""
        return np.concatenate([self.synthetic.places, self.real.places, self.held_out.places]).astype(int)

    @cached_property
    def sides(self) -> dict[str, np.ndarray]:
        """Return the numbers of the synthetic and of the real rows."""
        all_rows = np.arange(len(self.synthetic) + len(self.real))
        return {SYNTHETIC: all_rows[: len(self.synthetic)], REAL: all_rows[len(self.synthetic) :]}

    @cached_property
    def tests(self) -> np.ndarray:
        """Return the numbers of the held-out rows."""
        return np.arange(len(self.held_out)) + len(self.synthetic) + len(self.real)

    @cached_property
    def calibration_rows(self) -> TrainingSet:
        """Return the real rows that decisions are recalibrated on: at most 200, of each label its share."""
        return self.draw(TrainingMix(0, min(MAX_RECALIBRATING, len(self.real))))

    def draw(self, teacher: TrainingMix, time: int = 0) -> TrainingSet:
        """Return a teacher's rows, drawn without replacement: of each side's labels the side's own shares.

        Of one ``time``, the rows of a smaller teacher are among those of a larger one. A label's first row comes before
        any label's second. A side that is taken whole is the side, in its order.
        """
        parts = {
            name: np.sort(self._line_up(name, time)[: getattr(teacher, name)]) if getattr(teacher, name) else side[:0]
            for name, side in self.sides.items()
        }
        return self._teach(teacher, parts)

    def redraw(self, teacher: TrainingMix, time: int) -> TrainingSet | None:
        """Return as many rows of each side, drawn with replacement from all of it: a repeat of the teacher.

        None where the rows drawn never have two labels.
        """
        rng = np.random.default_rng([self.seed, time])
        for _ in range(100):
            parts = {
                name: rng.choice(side, getattr(teacher, name)) if getattr(teacher, name) else side[:0]
                for name, side in self.sides.items()
            }
            if (lesson := self._teach(teacher, parts)).can_teach:
                return lesson
        return None

    def _teach(self, teacher: TrainingMix, parts: dict[str, np.ndarray]) -> TrainingSet:
        rows = np.concatenate([parts[SYNTHETIC], parts[REAL]])
        weights = np.repeat([1.0, teacher.real_weight], [len(parts[SYNTHETIC]), len(parts[REAL])])
        return TrainingSet(rows, self.places[rows], weights)

    def _line_up(self, name: str, time: int) -> np.ndarray:
        """Return a side's rows in an order of chance in which each stretch has the labels' shares."""
        side = self.sides[name]
        shuffled = np.random.default_rng([self.seed, time, list(self.sides).index(name)]).permutation(side)
        places = self.places[shuffled]
        order = np.argsort(places, kind="stable")
        counts = np.bincount(places, minlength=self.labels)
        turns = np.empty(len(side))
        turns[order] = np.concatenate([np.arange(count) / max(count, 1) for count in counts])
        return shuffled[np.argsort(turns, kind="stable")]
