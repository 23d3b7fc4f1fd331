"""Holds synthetic, real and held-out rows in one numbered pool, and draws training sets from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pedigree.metrics.tables.columns import Table
from pedigree.usefulness.training_set import TrainingSet

SYNTHETIC, REAL = "synthetic", "real"
MAX_CALIBRATION_ROWS = 200


@dataclass(frozen=True)
class Sample:
    """Texts, the index of each one's label in the list of labels, and the weight of each in training (None: 1).

    ``table`` has the typed columns of rows without text fields, line by line as the texts; None for others.
    """

    texts: Sequence[str]
    label_ids: np.ndarray
    weights: np.ndarray | None = None
    table: Table | None = None

    def take(self, rows: np.ndarray) -> "Sample":
        """Return some rows."""
        weights = None if self.weights is None else self.weights[rows]
        table = None if self.table is None else self.table.take(rows)
        return Sample([self.texts[row] for row in rows], self.label_ids[rows], weights, table)

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True)
class TrainingMix:
    """The number of synthetic and real rows to train on, and the weight of a real row (a synthetic one weighs 1)."""

    synthetic: int
    real: int
    real_weight: float = 1.0

    def __len__(self) -> int:
        return self.synthetic + self.real


@dataclass(frozen=True)
class Pool:
    """Three samples whose rows are numbered consecutively: synthetic, real, held-out."""

    synthetic: Sample
    real: Sample
    held_out: Sample
    label_count: int
    seed: int

    @cached_property
    def texts(self) -> list[str]:
        """Return all texts by row number."""
        return [*self.synthetic.texts, *self.real.texts, *self.held_out.texts]

    @cached_property
    def table(self) -> Table | None:
        """Return the typed columns of all rows by row number; None if a sample has none."""
        first, *others = (one.table for one in (self.synthetic, self.real, self.held_out))
        known = [one for one in others if one is not None]
        return None if first is None or len(known) < len(others) else first.stack(*known)

    @cached_property
    def label_ids(self) -> np.ndarray:
        """Return the label id of each row by number."""
        return np.concatenate([self.synthetic.label_ids, self.real.label_ids, self.held_out.label_ids]).astype(int)

    @cached_property
    def weights(self) -> np.ndarray:
        """Return the weight of each row by number, without that of its side in a mix."""
        samples = (self.synthetic, self.real, self.held_out)
        return np.concatenate([np.ones(len(one)) if one.weights is None else one.weights for one in samples])

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
        """Return the real rows for recalibration: at most 200, stratified by label."""
        return self.draw(TrainingMix(0, min(MAX_CALIBRATION_ROWS, len(self.real))))

    def draw(self, mix: TrainingMix, repeat: int = 0) -> TrainingSet:
        """Return rows of a mix, drawn without replacement and stratified by label within each side.

        For one ``repeat``, the rows of a smaller mix are among those of a larger one. The first row of each label comes
        before the second of any. A side that is taken whole keeps its order.
        """
        parts = {
            name: np.sort(self._shuffle_stratified(name, repeat)[: getattr(mix, name)])
            if getattr(mix, name)
            else side[:0]
            for name, side in self.sides.items()
        }
        return self._make_training_set(mix, parts)

    def resample(self, mix: TrainingMix, repeat: int) -> TrainingSet | None:
        """Return rows of a mix, drawn with replacement from all rows of each side; None if all draws have one label."""
        rng = np.random.default_rng([self.seed, repeat])
        for _ in range(100):
            parts = {
                name: rng.choice(side, getattr(mix, name)) if getattr(mix, name) else side[:0]
                for name, side in self.sides.items()
            }
            if (training_set := self._make_training_set(mix, parts)).has_two_labels:
                return training_set
        return None

    def _make_training_set(self, mix: TrainingMix, parts: dict[str, np.ndarray]) -> TrainingSet:
        rows = np.concatenate([parts[SYNTHETIC], parts[REAL]])
        weights = np.repeat([1.0, mix.real_weight], [len(parts[SYNTHETIC]), len(parts[REAL])])
        return TrainingSet(rows, self.label_ids[rows], weights * self.weights[rows])

    def _shuffle_stratified(self, name: str, repeat: int) -> np.ndarray:
        """Return a side's rows in a random order in which every prefix has about the label shares of the side."""
        side = self.sides[name]
        shuffled = np.random.default_rng([self.seed, repeat, list(self.sides).index(name)]).permutation(side)
        label_ids = self.label_ids[shuffled]
        order = np.argsort(label_ids, kind="stable")
        counts = np.bincount(label_ids, minlength=self.label_count)
        position = np.empty(len(side))
        position[order] = np.concatenate([np.arange(count) / max(count, 1) for count in counts])
        return shuffled[np.argsort(position, kind="stable")]
