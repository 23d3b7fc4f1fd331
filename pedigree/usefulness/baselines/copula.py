"""A Gaussian copula: each column keeps its own distribution, and normal scores keep how columns go together.

Own code, as the libraries that have one are under the Business Source License (docs/baselines.md). The method is that
of Patki, Wedge and Veeramachaneni 2016 (The Synthetic Data Vault), with empirical distributions of the columns.
"""

import numpy as np

from pedigree.metrics.tables.columns import Table

MOST, LEAST = 0.99, 1e-6  # of a correlation, and of an eigenvalue of all of them


def sample_copula(table: Table, rows: int, seed: int) -> Table:
    """Return so many rows drawn from the copula of these, at least two; deterministic.

    A missing value is drawn as one: whether a value is missing is one more column of the copula.
    """
    if len(table) < 2:
        raise ValueError("a copula needs two rows")
    chance = np.random.default_rng(seed)
    scores, readers = [], []
    for place, column in enumerate(table.columns):
        values = table.values[:, place]
        gaps = np.isnan(values)
        known = values[~gaps] if (~gaps).any() else np.zeros(1)
        filled = np.where(gaps, np.median(known), values)
        is_level = column.kind == "category"
        scores += [
            score_levels(filled) if is_level else score_numbers(filled),
            score_levels(gaps * 1.0),
        ]
        readers.append((known, gaps, is_level))
    are_levels = np.array([one for _, _, is_level in readers for one in (is_level, True)], dtype=bool)
    together = correlate(np.column_stack(scores), are_levels)
    drawn = chance.multivariate_normal(np.zeros(len(together)), together, size=rows, method="cholesky")
    shares = _normal_share(drawn)
    columns = []
    for place, (known, gaps, is_level) in enumerate(readers):
        share, gap_share = shares[:, 2 * place], shares[:, 2 * place + 1]
        own = read_levels(known, share) if is_level else np.quantile(known, share)
        if not is_level and (known % 1 == 0).all():
            own = own.round()
        columns.append(np.where(read_levels(gaps * 1.0, gap_share) > 0, np.nan, own))
    return Table(table.columns, np.column_stack(columns) if columns else np.zeros((rows, 0)))


def score_numbers(values: np.ndarray) -> np.ndarray:
    """Return the normal score of each value: the normal quantile of its mean rank / (rows + 1)."""
    from scipy.stats import norm, rankdata

    return norm.ppf(rankdata(values) / (len(values) + 1))


def score_levels(values: np.ndarray) -> np.ndarray:
    """Return a normal score for each level: the mean of the normal in the part of 0 to 1 that its share takes."""
    from scipy.stats import norm

    _, place, ends = _part(values)
    limits = norm.ppf(np.concatenate([[0.0], np.minimum(ends, 1.0)]))
    means = -np.diff(norm.pdf(limits)) / np.diff(np.concatenate([[0.0], ends]))
    return means[place]


def read_levels(values: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return the level whose part holds each share, 0 to 1."""
    levels, _, ends = _part(values)
    return levels[np.minimum(np.searchsorted(ends, shares), len(levels) - 1)]


def correlate(scores: np.ndarray, are_levels: np.ndarray) -> np.ndarray:
    """Return the correlations of the normals behind columns of scores; a constant one goes with none.

    That of levels is larger than that of their scores, whose standard deviation is below 1: the first term of the
    polyserial correlation. The result is made positive definite by its eigenvalues.
    """
    spread = scores.std(axis=0)
    varied = spread > 0
    found = np.eye(scores.shape[1])
    if varied.sum() > 1:
        own = np.where(are_levels, spread, 1.0)[varied]
        found[np.ix_(varied, varied)] = np.corrcoef(scores[:, varied], rowvar=False) / np.outer(own, own)
    found = np.clip(found, -MOST, MOST)
    np.fill_diagonal(found, 1)
    values, vectors = np.linalg.eigh(found)
    found = (vectors * np.maximum(values, LEAST)) @ vectors.T
    scale = np.sqrt(np.diag(found))
    return found / np.outer(scale, scale)


def _part(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the levels, the place of each value's, and where the part of each level ends between 0 and 1."""
    levels, place = np.unique(values, return_inverse=True)
    return levels, place, np.cumsum(np.bincount(place)) / len(values)


def _normal_share(scores: np.ndarray) -> np.ndarray:
    from scipy.stats import norm

    return norm.cdf(scores)
