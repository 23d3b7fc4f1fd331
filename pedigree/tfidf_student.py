"""The TF-IDF student of a pool of texts: these are read once, however many students learn from some of them."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize
from threadpoolctl import threadpool_limits

from pedigree.lesson import Lesson
from pedigree.logistic import fit_logistic
from pedigree.student import WORD

C = 10
TOLERANCE, ROUGH_TOLERANCE = 1e-6, 1e-4  # of the mean gradient; scikit-learn's own is 1e-4


class TfidfStudent:
    """TF-IDF (words and pairs of words, sublinear) with a logistic regression (C=10, balanced labels), a ``Student``.

    It gives the probabilities that ``pedigree.student.train_student`` gives, taken to its minimum.
    """

    def __init__(self, texts: Sequence[str]):
        counts = CountVectorizer(ngram_range=(1, 2), token_pattern=WORD).fit_transform(texts).astype(float)
        counts.data = np.log(counts.data) + 1
        self._frequencies = counts

    def weigh(self, rows: np.ndarray, asked: np.ndarray) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
        """Return the TF-IDF of the different ones of ``rows`` and of ``asked``, as if nobody had seen any but ``rows``.

        A row that stands twice counts twice for the document frequencies. Columns are those of the pool; one that no
        row of ``rows`` has is empty.
        """
        different, times = np.unique(rows, return_counts=True)
        taught = self._frequencies[different]
        found = np.bincount(
            taught.indices, np.repeat(times, np.diff(taught.indptr)), minlength=self._frequencies.shape[1]
        )
        rarity = np.where(found > 0, np.log((1 + len(rows)) / (1 + found)) + 1, 0)
        weigher = sparse.diags_array(rarity, format="csr")
        return normalize(taught @ weigher), normalize(self._frequencies[asked] @ weigher)

    @threadpool_limits.wrap(limits=1)
    def __call__(self, lesson: Lesson, asked: np.ndarray, labels: int, *, roughly: bool = False) -> np.ndarray:
        """Return the probability of each label for each row of ``asked``."""
        taught, questions = self.weigh(lesson.rows, asked)
        turn = merge_single_terms(taught)
        _, first, inverse = np.unique(lesson.rows, return_index=True, return_inverse=True)
        seen, places = np.unique(lesson.places[first], return_inverse=True)
        coefficients, biases = fit_logistic(
            taught @ turn,
            places,
            len(seen),
            np.bincount(inverse, lesson.balance()),
            c=C,
            tolerance=ROUGH_TOLERANCE if roughly else TOLERANCE,
        )
        scores = (questions @ turn) @ coefficients + biases
        said = np.exp(scores - scores.max(axis=1, keepdims=True))
        probabilities = np.zeros((len(asked), labels))
        probabilities[:, seen] = said / said.sum(axis=1, keepdims=True)
        return probabilities


def merge_single_terms(taught: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return the rotation by which each row's terms that no other row has become one (terms x fewer).

    Such terms are most of a text's. With an L2 penalty a model of the turned features is the same model.
    """
    columns = taught.tocsc()
    columns.eliminate_zeros()
    found = np.diff(columns.indptr)
    single, shared = np.flatnonzero(found == 1), np.flatnonzero(found > 1)
    value, row = columns.data[columns.indptr[single]], columns.indices[columns.indptr[single]]
    length = np.sqrt(np.bincount(row, value**2, minlength=taught.shape[0]))
    owners, own = np.unique(row, return_inverse=True)
    return sparse.csr_matrix(
        (
            np.concatenate([np.ones(len(shared)), value / length[row]]),
            (np.concatenate([shared, single]), np.concatenate([np.arange(len(shared)), len(shared) + own])),
        ),
        shape=(taught.shape[1], len(shared) + len(owners)),
    )
