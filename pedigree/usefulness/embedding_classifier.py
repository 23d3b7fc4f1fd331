"""The embedding student of a pool of texts: a logistic regression that reads vectors, where the TF-IDF one reads words."""

from collections.abc import Callable, Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from pedigree.metrics.embedder import Embedder
from pedigree.usefulness.logistic_regression import predict_probabilities
from pedigree.usefulness.training_set import Student, TrainingSet


class EmbeddingClassifier:
    """Vectors of a pool with a logistic regression (C=10, balanced labels), a ``Student``.

    Each vector is moved by the mean of the training set's, and scaled so that these are of length 1 on average (root mean
    square): embeddings of one domain lie in a narrow cone, and how narrow differs from model to model.
    """

    def __init__(self, vectors: np.ndarray):
        self._vectors = vectors

    def place(self, rows: np.ndarray, query_rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the vectors of ``rows`` and of ``query_rows``, centred and scaled as ``rows`` are; a row that stands twice counts twice."""
        middle = self._vectors[rows].mean(axis=0)
        taught, questions = self._vectors[rows] - middle, self._vectors[query_rows] - middle
        size = np.sqrt((taught**2).sum(axis=1).mean()) or 1.0
        return taught / size, questions / size

    @threadpool_limits.wrap(limits=1)
    def __call__(
        self, training_set: TrainingSet, query_rows: np.ndarray, labels: int, *, approximate: bool = False
    ) -> np.ndarray:
        """Return the probability of each label for each row of ``query_rows``."""
        taught, questions = self.place(training_set.rows, query_rows)
        _, first = np.unique(training_set.rows, return_index=True)
        return predict_probabilities(taught[first], questions, training_set, labels, approximate=approximate)


def make_classifier_factory(embedder: Embedder) -> Callable[[Sequence[str]], Student]:
    """Return what makes an embedding student of a pool's texts."""
    return lambda texts: EmbeddingClassifier(embedder.embed(texts))
