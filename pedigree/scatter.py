"""A map of texts: places in the plane where texts that share words stand near each other."""

import numpy as np
from sklearn.decomposition import TruncatedSVD

from pedigree.measures import embed_tfidf

COMPONENTS = 3
SPREAD = 8


def place_texts(texts: list[str]) -> np.ndarray | None:
    """Return x and y of each text within -1 to 1 (shape n x 2, three digits), or None where there is too little to place.

    TF-IDF, then truncated SVD (Halko et al. 2011) without its first component, which is how usual a text's words are;
    the inverse hyperbolic sine spreads the middle, where texts crowd.
    """
    vectors = embed_tfidf(texts)
    if min(vectors.shape) <= COMPONENTS:
        return None
    places = TruncatedSVD(COMPONENTS, random_state=0, n_iter=7).fit_transform(vectors)[:, 1:]
    furthest = np.abs(places).max(axis=0)
    within = places / np.where(furthest > 0, furthest, 1)
    return np.round(np.arcsinh(SPREAD * within) / np.arcsinh(SPREAD), 3) + 0.0
