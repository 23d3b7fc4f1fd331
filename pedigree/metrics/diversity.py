"""Measures how different texts are from each other, from the distances (1 - cosine) of their vectors."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import entr

from pedigree.metrics.tfidf import Vectors, compute_cosines


def measure_remote_clique(vectors: Vectors) -> float | None:
    """Return the mean distance of all pairs (Cox et al. 2021; Li et al. 2023); null for fewer than two vectors."""
    rows = vectors.shape[0]
    if rows < 2:
        return None
    return 1 - (_square(_add_up(vectors)) - _square(vectors)) / (rows * (rows - 1))


def measure_chamfer(vectors: Vectors) -> float | None:
    """Return the mean distance to the nearest other vector (Cox et al. 2021; Li et al. 2023); null for fewer than two.

    Time and memory are quadratic in the rows.
    """
    if vectors.shape[0] < 2:
        return None
    cosines = compute_cosines(vectors, vectors)
    np.fill_diagonal(cosines, -1)
    return float(np.mean(1 - cosines.max(axis=1)))


def measure_aps(vectors: Vectors, labels: Sequence[str]) -> dict[str, float | None]:
    """Return the average pairwise cosine ``within`` labels and ``between`` labels (Yu et al. 2023).

    Every pair has the same weight. Null if there is no such pair.
    """
    names = np.asarray(labels)
    parts = [vectors[names == name] for name in sorted(set(labels))]
    sums, rows = [_square(_add_up(part)) for part in parts], [part.shape[0] for part in parts]
    same = sum(count * (count - 1) for count in rows)
    other = vectors.shape[0] ** 2 - sum(count**2 for count in rows)
    return {
        "within": (sum(sums) - _square(vectors)) / same if same else None,
        "between": (_square(_add_up(vectors)) - sum(sums)) / other if other else None,
    }


def measure_vendi(vectors: Vectors) -> float | None:
    """Return the Vendi score, the effective number of different texts, 1 to the rows; null for fewer than two.

    It is exp of the Shannon entropy of the eigenvalues of K / n, where K is the matrix of cosines with 1 on the
    diagonal (Friedman and Dieng 2023, definition 3.1). Time is cubic in the rows.
    """
    rows = vectors.shape[0]
    if rows < 2:
        return None
    kernel = compute_cosines(vectors, vectors)
    np.fill_diagonal(kernel, 1)
    return float(np.exp(entr(np.clip(np.linalg.eigvalsh(kernel / rows), 0, 1)).sum()))


def _add_up(vectors: Vectors) -> np.ndarray:
    return np.asarray(vectors.sum(axis=0)).ravel()


def _square(values: Vectors) -> float:
    return float(values.multiply(values).sum()) if isinstance(values, csr_matrix) else float(np.vdot(values, values))
