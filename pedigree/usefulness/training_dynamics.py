"""Follows a student over the epochs of its training: how sure it is of each row's label, and how often it is right.

Confidence, variability and correctness are those of Swayamdipta et al. 2020 (arXiv 2009.10795), the area under the
margin (AUM) that of Pleiss et al. 2020 (arXiv 2001.10528). The student is a softmax regression on TF-IDF, trained by
stochastic gradient descent; what it gives after each epoch is recorded for the rows that it learns.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from pedigree.metrics.tables.columns import Table
from pedigree.metrics.text_classifier import list_terms
from pedigree.usefulness.tables.scaled_rows import scale_rows

EPOCHS = 10
BATCH, MIN_BATCHES = 64, 32  # rows of a step; fewer where an epoch would have fewer steps
RATE = 0.5  # length of a step; at 2, a student of 240 rows has learned wrong labels by heart within 10 epochs
EASY, AMBIGUOUS, HARD = "easy", "ambiguous", "hard"
KINDS = (EASY, AMBIGUOUS, HARD)


@dataclass(frozen=True)
class Dynamics:
    """For each row, over the epochs: mean and standard deviation of the probability of its label, share right, AUM."""

    confidence: np.ndarray
    variability: np.ndarray
    correctness: np.ndarray
    aum: np.ndarray

    def select(self, rows: np.ndarray | slice) -> "Dynamics":
        """Return those of some rows."""
        return Dynamics(self.confidence[rows], self.variability[rows], self.correctness[rows], self.aum[rows])


@dataclass(frozen=True)
class Cuts:
    """The limits between easy, ambiguous and hard rows."""

    variability: float
    confidence: float


def follow_training(
    texts: Sequence[str], label_ids: np.ndarray, label_count: int, seed: int, table: Table | None = None
) -> Dynamics:
    """Return the dynamics of rows that a student learns, all of equal total weight by label; deterministic.

    With ``table``, the typed columns of the rows, these are learned and not the texts.
    """
    features = embed_shared_terms(texts) if table is None else scale_rows(table)
    return summarise(train(features, label_ids, label_count, seed), label_ids)


def embed_shared_terms(texts: Sequence[str]) -> csr_matrix:
    """Return TF-IDF of the terms that at least two texts have: a term of one text alone only lets it be memorised."""
    try:
        vectorizer = TfidfVectorizer(sublinear_tf=True, analyzer=list, min_df=2)
        return vectorizer.fit_transform(list_terms(list(texts))).tocsr()
    except ValueError:  # scikit-learn raises it if no two texts share a term
        return csr_matrix((len(texts), 1))


def train(features: csr_matrix, label_ids: np.ndarray, label_count: int, seed: int) -> Iterator[np.ndarray]:
    """Yield the logits of each row (rows x labels) after each epoch."""
    rows, rng = features.shape[0], np.random.default_rng(seed)
    counts = np.bincount(label_ids, minlength=label_count)
    balance = (rows / np.maximum(np.count_nonzero(counts) * counts, 1))[label_ids]
    is_label = np.eye(label_count)[label_ids]
    coefficients, biases = np.zeros((features.shape[1], label_count)), np.zeros(label_count)
    batches = max(MIN_BATCHES, -(-rows // BATCH))
    for _ in range(EPOCHS):
        for batch in np.array_split(rng.permutation(rows), min(batches, rows)):
            part = features[batch]
            residuals = _softmax(part @ coefficients + biases) - is_label[batch]
            residuals *= RATE / len(batch) * balance[batch][:, None]
            used, place = np.unique(part.indices, return_inverse=True)
            narrow = csr_matrix((part.data, place, part.indptr), shape=(len(batch), len(used)))
            coefficients[used] -= narrow.T @ residuals
            biases -= residuals.sum(axis=0)
        yield features @ coefficients + biases


def summarise(epochs: Iterable[np.ndarray], label_ids: np.ndarray) -> Dynamics:
    """Return the dynamics of rows from their logits (rows x labels) after each epoch."""
    own, gold, margins = np.arange(len(label_ids)), [], []
    for logits in epochs:
        gold.append(_softmax(logits)[own, label_ids])
        others = logits.copy()
        others[own, label_ids] = -np.inf
        margins.append(logits[own, label_ids] - others.max(axis=1))
    shares, apart = np.array(gold), np.array(margins)
    return Dynamics(shares.mean(axis=0), shares.std(axis=0), (apart > 0).mean(axis=0), apart.mean(axis=0))


def find_cuts(dynamics: Dynamics) -> Cuts:
    """Return the limits by which these rows are ambiguous: the third of highest variability (Swayamdipta et al. 2020).

    Easy is the third of highest confidence there, hard that of lowest. So that each row is one of the three, ours is:
    an ambiguous row is neither; of the others, what lies between the thirds goes to the nearer one.
    """
    low, high = np.quantile(dynamics.confidence, [1 / 3, 2 / 3])
    return Cuts(float(np.quantile(dynamics.variability, 2 / 3)), float((low + high) / 2))


def sort_rows(dynamics: Dynamics, cuts: Cuts) -> np.ndarray:
    """Return "easy", "ambiguous" or "hard" for each row."""
    by_confidence = np.where(dynamics.confidence >= cuts.confidence, EASY, HARD)
    return np.where(dynamics.variability > cuts.variability, AMBIGUOUS, by_confidence)


def _softmax(logits: np.ndarray) -> np.ndarray:
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True)
