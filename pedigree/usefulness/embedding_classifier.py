"""Classifies texts of a pool by a logistic regression on their embeddings."""

from collections.abc import Callable, Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from pedigree.metrics.embedder import Embedder
from pedigree.usefulness.logistic_regression import predict_probabilities
from pedigree.usefulness.training_set import Classifier, TrainingSet


class EmbeddingClassifier:
    """Logistic regression (C=10, balanced labels) on the vectors of a pool, a ``Classifier``.

    Vectors are centred on the mean of the training set and scaled to a root mean square length of 1 in it: embeddings
    of one domain lie in a narrow cone whose width depends on the model.
    """

    def __init__(self, vectors: np.ndarray):
        self._vectors = vectors

    def standardise(self, rows: np.ndarray, query_rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the vectors of ``rows`` and of ``query_rows``, centred and scaled by ``rows`` (repeats count)."""
        mean = self._vectors[rows].mean(axis=0)
        train, query = self._vectors[rows] - mean, self._vectors[query_rows] - mean
        scale = np.sqrt((train**2).sum(axis=1).mean()) or 1.0
        return train / scale, query / scale

    @threadpool_limits.wrap(limits=1)
    def __call__(
        self, training_set: TrainingSet, query_rows: np.ndarray, label_count: int, *, approximate: bool = False
    ) -> np.ndarray:
        """Return the probability of each label for each row of ``query_rows``."""
        train, query = self.standardise(training_set.rows, query_rows)
        _, first = np.unique(training_set.rows, return_index=True)
        return predict_probabilities(train[first], query, training_set, label_count, approximate=approximate)


def make_classifier_factory(embedder: Embedder) -> Callable[[Sequence[str]], Classifier]:
    """Return a function that makes an embedding classifier of a pool's texts."""
    return lambda texts: EmbeddingClassifier(embedder.embed(texts))
