"""Computes unit vectors of texts by TF-IDF, and the cosines of any unit vectors."""

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_matrix

from pedigree.curation.words import list_terms

Vectors = csr_matrix | np.ndarray  # one row per text: TF-IDF is sparse, an embedder's vectors are dense
Embed = Callable[[list[str]], Vectors]


def embed_tfidf(texts: list[str]) -> csr_matrix:
    """Return one unit vector per text (zero for a blank one): TF-IDF of its terms (``list_terms``), sublinear."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        return TfidfVectorizer(sublinear_tf=True, analyzer=list).fit_transform(list_terms(texts)).tocsr()
    except ValueError:  # scikit-learn raises it if no text has any term
        return csr_matrix((len(texts), 1))


def compute_cosines(one: Vectors, other: Vectors) -> np.ndarray:
    """Return the cosines of unit vectors (rows of ``one`` x rows of ``other``), -1 to 1; for TF-IDF, 0 to 1."""
    cosines = one @ other.T
    return np.clip(cosines.toarray() if isinstance(cosines, csr_matrix) else cosines, -1, 1)
