"""Spread: how far texts are from each other. The distance is d = 1 - cosine of vectors; all are means over texts or pairs."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import entr

from pedigree.metrics.tfidf import Vectors, compute_cosines


def measure_remote_clique(vectors: Vectors) -> float | None:
    """Return the mean over vectors of the mean distance to all others (Cox et al. 2021; Li et al. 2023); null below two."""
    rows = vectors.shape[0]
    if rows < 2:
        return None
    return 1 - (_square(_add_up(vectors)) - _square(vectors)) / (rows * (rows - 1))


def measure_chamfer(vectors: Vectors) -> float | None:
    """Return the mean over vectors of the distance to the nearest other (Cox et al. 2021; Li et al. 2023); null below two.

    Time and memory grow with the square of the rows.
    """
    if vectors.shape[0] < 2:
        return None
    similar = compute_cosines(vectors, vectors)
    np.fill_diagonal(similar, -1)
    return float(np.mean(1 - similar.max(axis=1)))


def measure_aps(vectors: Vectors, labels: Sequence[str]) -> dict[str, float | None]:
    """Return the average pairwise similarity (cosine) of pairs of one label and of two labels (Yu et al. 2023).

    Each pair counts once, whatever its label. Null where there is no such pair.
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
    """Return the Vendi score, the effective number of different texts, 1 to as many as there are; null below two.

    exp of the Shannon entropy of the eigenvalues of K / n, where K holds the cosines, and 1 for each text with itself
    (Friedman and Dieng 2023, definition 3.1). Time grows with the cube of the rows.
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
