"""The embedding student of a pool of texts: a logistic regression that reads vectors, where the TF-IDF one reads words."""

from collections.abc import Callable, Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from pedigree.metrics.embedder import Embedder
from pedigree.usefulness.logistic_regression import answer_questions
from pedigree.usefulness.training_set import Student, TrainingSet


class EmbeddingStudent:
    """Vectors of a pool with a logistic regression (C=10, balanced labels), a ``Student``.

    Each vector is moved by the mean of the lesson's, and scaled so that these are of length 1 on average (root mean
    square): embeddings of one domain lie in a narrow cone, and how narrow differs from model to model.
    """

    def __init__(self, vectors: np.ndarray):
        self._vectors = vectors

    def place(self, rows: np.ndarray, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the vectors of ``rows`` and of ``asked``, centred and scaled as ``rows`` are; a row that stands twice counts twice."""
        middle = self._vectors[rows].mean(axis=0)
        taught, questions = self._vectors[rows] - middle, self._vectors[asked] - middle
        size = np.sqrt((taught**2).sum(axis=1).mean()) or 1.0
        return taught / size, questions / size

    @threadpool_limits.wrap(limits=1)
    def __call__(self, lesson: TrainingSet, asked: np.ndarray, labels: int, *, roughly: bool = False) -> np.ndarray:
        """Return the probability of each label for each row of ``asked``."""
        taught, questions = self.place(lesson.rows, asked)
        _, first = np.unique(lesson.rows, return_index=True)
        return answer_questions(taught[first], questions, lesson, labels, roughly=roughly)


def make_embedding_students(embedder: Embedder) -> Callable[[Sequence[str]], Student]:
    """Return what makes an embedding student of a pool's texts."""
    return lambda texts: EmbeddingStudent(embedder.embed(texts))
