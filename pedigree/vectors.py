"""Texts as vectors: TF-IDF, which needs no model and gives the same figures on every machine."""

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from pedigree.measures import WORD


def embed_tfidf(texts: list[str]) -> csr_matrix:
    """Return one unit vector a text (zero where it has no word): TF-IDF of words and word pairs, sublinear."""
    vectorizer = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), token_pattern=WORD)
    try:
        return vectorizer.fit_transform(texts).tocsr()
    except ValueError:  # scikit-learn's answer to texts without any word
        return csr_matrix((len(texts), 1))


def compare_all(one: csr_matrix, other: csr_matrix) -> np.ndarray:
    """Return the cosine of each vector of the one (lines) with each of the other (columns), 0 to 1."""
    return np.clip((one @ other.T).toarray(), 0, 1)
