"""Projects texts into the plane, so that texts that share words are near each other."""

import numpy as np
from sklearn.decomposition import TruncatedSVD

from pedigree.metrics.tfidf import embed_tfidf

COMPONENTS = 3


def project_texts(texts: list[str]) -> np.ndarray | None:
    """Return x and y of each text, -1 to 1 (shape n x 2, three digits); None for too few texts or terms.

    TF-IDF, then truncated SVD (Halko et al. 2011) without its first component, which mostly measures how common the
    words of a text are; the inverse hyperbolic sine moves outliers towards the middle.
    """
    vectors = embed_tfidf(texts)
    if min(vectors.shape) <= COMPONENTS:
        return None
    points = TruncatedSVD(COMPONENTS, random_state=0, n_iter=7).fit_transform(vectors)[:, 1:]
    points -= np.median(points, axis=0)
    spread = np.arcsinh(points / np.maximum(np.median(np.abs(points), axis=0), 1e-9))
    low, high = spread.min(axis=0), spread.max(axis=0)
    return np.round(2 * (spread - low) / np.where(high > low, high - low, 1) - 1, 3) + 0.0
