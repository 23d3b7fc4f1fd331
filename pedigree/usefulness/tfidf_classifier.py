"""Classifies texts of a pool by TF-IDF and a logistic regression; texts are tokenised once for many training sets."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sparse
from sklearn.feature_extraction.text import CountVectorizer
from threadpoolctl import threadpool_limits

from pedigree.metrics.text_classifier import list_terms
from pedigree.usefulness.logistic_regression import predict_probabilities
from pedigree.usefulness.training_set import TrainingSet


class TfidfClassifier:
    """TF-IDF (terms of ``list_terms``, sublinear) with a logistic regression (C=10, balanced labels), a ``Classifier``.

    Its probabilities are those of ``pedigree.metrics.text_classifier.train_classifier``, at a tighter tolerance.
    """

    def __init__(self, texts: Sequence[str]):
        counts = CountVectorizer(analyzer=list).fit_transform(list_terms(texts)).astype(float)
        counts.data = np.log(counts.data) + 1
        self._frequencies = counts

    def compute_tfidf(self, rows: np.ndarray, query_rows: np.ndarray) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
        """Return the TF-IDF of the distinct ones of ``rows`` and of ``query_rows``, with the idf of ``rows`` alone.

        A repeated row counts repeatedly for the document frequencies. Columns are those of the pool; a term that no
        row of ``rows`` has is 0.
        """
        distinct, times = np.unique(rows, return_counts=True)
        train, query = self._frequencies[distinct], self._frequencies[query_rows]
        repeats = np.repeat(times, np.diff(train.indptr))
        document_counts = np.bincount(train.indices, repeats, minlength=self._frequencies.shape[1])
        idf = np.where(document_counts > 0, np.log((1 + len(rows)) / (1 + document_counts)) + 1, 0)
        for part in (train, query):
            part.data *= idf[part.indices]
            row = np.repeat(np.arange(part.shape[0]), np.diff(part.indptr))
            length = np.sqrt(np.bincount(row, part.data**2, minlength=part.shape[0]))
            part.data /= np.where(length > 0, length, 1)[row]
        return train, query

    @threadpool_limits.wrap(limits=1)
    def __call__(
        self, training_set: TrainingSet, query_rows: np.ndarray, label_count: int, *, approximate: bool = False
    ) -> np.ndarray:
        """Return the probability of each label for each row of ``query_rows``."""
        train, query = self.compute_tfidf(training_set.rows, query_rows)
        rotation = merge_single_terms(train)
        return predict_probabilities(
            train @ rotation, query @ rotation, training_set, label_count, approximate=approximate
        )


def merge_single_terms(train: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return the rotation that merges, for each row, the terms that no other row has into one (terms x fewer).

    Most terms of a text are such terms. With an L2 penalty the model of the rotated features is the same model.
    """
    counts = np.bincount(train.indices, minlength=train.shape[1])
    shared, alone = np.flatnonzero(counts > 1), counts[train.indices] == 1
    single, value = train.indices[alone], train.data[alone]
    row = np.repeat(np.arange(train.shape[0]), np.diff(train.indptr))[alone]
    length = np.sqrt(np.bincount(row, value**2, minlength=train.shape[0]))
    owners, own = np.unique(row, return_inverse=True)
    return sparse.csr_matrix(
        (
            np.concatenate([np.ones(len(shared)), value / length[row]]),
            (np.concatenate([shared, single]), np.concatenate([np.arange(len(shared)), len(shared) + own])),
        ),
        shape=(train.shape[1], len(shared) + len(owners)),
    )
