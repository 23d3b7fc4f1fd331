"""A map of texts: places in the plane where texts that share words stand near each other."""

import numpy as np
from sklearn.decomposition import TruncatedSVD

from pedigree.metrics.tfidf import embed_tfidf

COMPONENTS = 3


def project_texts(texts: list[str]) -> np.ndarray | None:
    """Return x and y of each text within -1 to 1 (shape n x 2, three digits), or None where there is too little to place.

    TF-IDF, then truncated SVD (Halko et al. 2011) without its first component, which is how usual a text's words are;
    the inverse hyperbolic sine draws in those far from the middle.
    """
    vectors = embed_tfidf(texts)
    if min(vectors.shape) <= COMPONENTS:
        return None
    places = TruncatedSVD(COMPONENTS, random_state=0, n_iter=7).fit_transform(vectors)[:, 1:]
    places -= np.median(places, axis=0)
    spread = np.arcsinh(places / np.maximum(np.median(np.abs(places), axis=0), 1e-9))
    low, high = spread.min(axis=0), spread.max(axis=0)
    return np.round(2 * (spread - low) / np.where(high > low, high - low, 1) - 1, 3) + 0.0
