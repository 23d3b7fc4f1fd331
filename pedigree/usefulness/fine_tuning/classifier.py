"""A fine-tuned encoder as a classifier of a pool, whose predictions are kept: the same training is done once."""

import json
import logging
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from pedigree.dataset.results import write_result
from pedigree.ids import sha256_of
from pedigree.usefulness.training_set import TrainingSet

log = logging.getLogger("pedigree")


class Trainable(Protocol):
    """What is trained: ``Encoder``, or a stand-in in a test."""

    @property
    def name(self) -> str: ...

    @property
    def identity(self) -> dict[str, Any]: ...

    def fit(
        self, texts: list[str], label_ids: np.ndarray, weights: np.ndarray, query: list[str], seed: int
    ) -> np.ndarray: ...


class FineTunedClassifier:
    """Fine-tunes an encoder on rows of a pool, with balanced labels, a ``Classifier``.

    Predictions are kept in ``folder``, a file for each training: its name is the sha256 of the encoder's files and
    libraries, the settings, the seed, the training rows with labels and weights, and the texts that are classified.
    """

    def __init__(self, encoder: Trainable, texts: list[str], seed: int, folder: Path):
        self._encoder, self._texts, self._seed, self._folder = encoder, texts, seed, folder

    def __call__(
        self, training_set: TrainingSet, query_rows: np.ndarray, label_count: int, *, approximate: bool = False
    ) -> np.ndarray:
        """Return the probability of each label for each row of ``query_rows``."""
        present, label_ids = np.unique(training_set.label_ids, return_inverse=True)
        texts = [self._texts[row] for row in training_set.rows]
        query = [self._texts[row] for row in query_rows]
        weights = training_set.balance()
        inputs = {
            "encoder": self._encoder.identity,
            "seed": self._seed,
            "rows": [texts, label_ids.tolist(), weights.tolist()],
            "query": query,
        }
        path = self._folder / f"{sha256_of(inputs)}.json"
        found = _read(path, (len(query), len(present)))
        if found is None:
            log.info("fine-tuning %s on %s rows", self._encoder.name, f"{len(texts):,}")
            found = self._encoder.fit(texts, label_ids, weights, query, self._seed)
            write_result({"probabilities": found.tolist()}, path)
        probabilities = np.zeros((len(query), label_count))
        probabilities[:, present] = found
        return probabilities


def _read(path: Path, shape: tuple[int, int]) -> np.ndarray | None:
    """Return kept predictions; None if there are none, or the file is damaged."""
    try:
        found = np.array(json.loads(path.read_text(encoding="utf-8"))["probabilities"], dtype=float)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if found.shape == shape and np.isfinite(found).all() else None
