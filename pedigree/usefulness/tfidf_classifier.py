"""The TF-IDF student of a pool of texts: these are read once, however many students learn from some of them."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sparse
from sklearn.feature_extraction.text import CountVectorizer
from threadpoolctl import threadpool_limits

from pedigree.metrics.text_classifier import WORD
from pedigree.usefulness.logistic_regression import predict_probabilities
from pedigree.usefulness.training_set import TrainingSet


class TfidfClassifier:
    """TF-IDF (words and pairs of words, sublinear) with a logistic regression (C=10, balanced labels), a ``Student``.

    It gives the probabilities that ``pedigree.metrics.text_classifier.train_classifier`` gives, taken to its minimum.
    """

    def __init__(self, texts: Sequence[str]):
        counts = CountVectorizer(ngram_range=(1, 2), token_pattern=WORD).fit_transform(texts).astype(float)
        counts.data = np.log(counts.data) + 1
        self._frequencies = counts

    def weigh(self, rows: np.ndarray, query_rows: np.ndarray) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
        """Return the TF-IDF of the different ones of ``rows`` and of ``query_rows``, as if nobody had seen any but ``rows``.

        A row that stands twice counts twice for the document frequencies. Columns are those of the pool; one that no
        row of ``rows`` has is empty.
        """
        different, times = np.unique(rows, return_counts=True)
        taught, questions = self._frequencies[different], self._frequencies[query_rows]
        in_row = np.repeat(times, np.diff(taught.indptr))
        found = np.bincount(taught.indices, in_row, minlength=self._frequencies.shape[1])
        rarity = np.where(found > 0, np.log((1 + len(rows)) / (1 + found)) + 1, 0)
        for part in (taught, questions):
            part.data *= rarity[part.indices]
            row = np.repeat(np.arange(part.shape[0]), np.diff(part.indptr))
            length = np.sqrt(np.bincount(row, part.data**2, minlength=part.shape[0]))
            part.data /= np.where(length > 0, length, 1)[row]
        return taught, questions

    @threadpool_limits.wrap(limits=1)
    def __call__(
        self, training_set: TrainingSet, query_rows: np.ndarray, labels: int, *, approximate: bool = False
    ) -> np.ndarray:
        """Return the probability of each label for each row of ``query_rows``."""
        taught, questions = self.weigh(training_set.rows, query_rows)
        turn = merge_single_terms(taught)
        return predict_probabilities(taught @ turn, questions @ turn, training_set, labels, approximate=approximate)


def merge_single_terms(taught: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return the rotation by which each row's terms that no other row has become one (terms x fewer).

    Such terms are most of a text's. With an L2 penalty a model of the turned features is the same model.
    """
    found = np.bincount(taught.indices, minlength=taught.shape[1])
    shared, alone = np.flatnonzero(found > 1), found[taught.indices] == 1
    single, value = taught.indices[alone], taught.data[alone]
    row = np.repeat(np.arange(taught.shape[0]), np.diff(taught.indptr))[alone]
    length = np.sqrt(np.bincount(row, value**2, minlength=taught.shape[0]))
    owners, own = np.unique(row, return_inverse=True)
    return sparse.csr_matrix(
        (
            np.concatenate([np.ones(len(shared)), value / length[row]]),
            (np.concatenate([shared, single]), np.concatenate([np.arange(len(shared)), len(shared) + own])),
        ),
        shape=(taught.shape[1], len(shared) + len(owners)),
    )
