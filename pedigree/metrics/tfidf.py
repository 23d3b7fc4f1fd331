"""Texts as vectors of length 1: sparse TF-IDF, which needs no model, or an embedder's, which are dense.

A way of making vectors is a function from texts to a matrix, a line a text.
"""

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from pedigree.metrics.text_statistics import WORD

Vectors = csr_matrix | np.ndarray
Embed = Callable[[list[str]], Vectors]


def embed_tfidf(texts: list[str]) -> csr_matrix:
    """Return one unit vector a text (zero where it has no word): TF-IDF of words and word pairs, sublinear."""
    vectorizer = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), token_pattern=WORD)
    try:
        return vectorizer.fit_transform(texts).tocsr()
    except ValueError:  # scikit-learn's answer to texts without any word
        return csr_matrix((len(texts), 1))


def compute_cosines(one: Vectors, other: Vectors) -> np.ndarray:
    """Return the cosine of each vector of the one (lines) with each of the other (columns), -1 to 1; of TF-IDF, 0 to 1."""
    cosines = one @ other.T
    return np.clip(cosines.toarray() if isinstance(cosines, csr_matrix) else cosines, -1, 1)
