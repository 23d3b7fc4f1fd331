"""Fits a learning curve, an inverse power law, by Bayesian regression, and predicts what further rows bring.

The curve is f(n) = a - b (n + n0)^-c (Hestness et al. 2017, arXiv 1712.00409); n0 stands for the rows of the other
side, which every training set has. It is written as f = u + g h, where h is 0 for the present number of rows and 1 for
twice as many: u is the score now, and g the gain of a doubling. For one shape (c, n0) and noise it is a linear
regression with normal priors; shapes and noises of a grid are weighted by how well they explain the scores.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

EXPONENTS = np.array([0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0])
EXCHANGES = (0.0, 0.1, 0.3)  # n0 per row of the other side
NOISES = np.geomspace(0.001, 0.08, 12)  # standard deviation of a score over draws of the present number of rows
DECAYS = (0.0, 0.25, 0.5)  # powers of the number of rows by which it falls
PRIOR_MEAN, PRIOR_SD = np.array([0.5, 0.0]), np.array([0.5, 0.05])  # of u and g
FLOOR = 0.002  # standard deviation that every score has
WIDENING = 2.0  # variance of a doubling per variance of a score that the power law leaves out: see docs/advice.md
MIN_SIZES = 4
CENTRAL = (0.025, 0.975)


@dataclass(frozen=True)
class Prediction:
    """The expected gain of macro-F1 and its 95 % predictive interval."""

    gain: float
    interval: tuple[float, float]


def predict_gain(
    sizes: Sequence[int],
    scores: Sequence[float],
    rows: int,
    now: float,
    *,
    beside: int,
    have: int,
    more: int,
    widening: float = WIDENING,
) -> Prediction | None:
    """Return the gain that ``more`` rows bring to ``have`` rows; None for fewer than 4 sizes.

    ``scores`` are those of draws of ``sizes`` rows, ``now`` that of all ``rows`` that were tried, each beside all
    ``beside`` rows of the other side; ``have`` may be more than ``rows``. The interval covers what the curve leaves
    open, the draw of the further rows, and departures from a power law.
    """
    if len({*sizes, rows}) < MIN_SIZES:
        return None
    shares, found = np.array([*sizes, rows]) / rows, np.array([*scores, now])
    ends = (None if have == rows else have / rows, (have + more) / rows)
    offsets = sorted({exchange * beside / rows for exchange in EXCHANGES})
    fits = [_fit(shares, found, ends, c, n0, widening) for c in EXPONENTS for n0 in offsets]
    evidence, means, variances = (np.concatenate(parts) for parts in zip(*fits, strict=True))
    weights = np.exp(evidence - evidence.max())
    weights /= weights.sum()
    low, high = (_find_quantile(share, weights, means, np.sqrt(variances)) for share in CENTRAL)
    return Prediction(float(weights @ means), (low, high))


def _fit(
    shares: np.ndarray, scores: np.ndarray, ends: tuple[float | None, float], c: float, n0: float, widening: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each noise: log evidence of one shape, mean and variance of the gain between two shares of the rows.

    A start of None is the last of the scores.
    """
    design = np.stack([np.ones(len(shares)), _shape(shares, c, n0)], axis=1)
    present, decays = (part.ravel() for part in np.meshgrid(NOISES**2 + FLOOR**2, DECAYS))
    noise, prior = present[:, None] * shares ** (-2 * decays[:, None]), np.diag(PRIOR_SD**-2)
    precision = np.einsum("ij,ni,ik->njk", design, 1 / noise, design) + prior
    covariance = np.linalg.inv(precision)
    mean = (covariance @ ((scores / noise) @ design + prior @ PRIOR_MEAN)[..., None])[..., 0]
    apart, moved = scores - mean @ design.T, mean - PRIOR_MEAN
    misfit = (apart**2 / noise).sum(axis=1) + (moved**2 / PRIOR_SD**2).sum(axis=1)
    evidence = -0.5 * (misfit + np.log(noise).sum(axis=1) + np.linalg.slogdet(precision)[1])
    start, end = ends
    at = np.array([1.0, _shape(end, c, n0)]) - (0 if start is None else np.array([1.0, _shape(start, c, n0)]))
    known, draws = (scores[-1], 1) if start is None else (0, 2)
    left = draws + widening * np.log2(end / (start or 1))
    return evidence, mean @ at - known, at @ covariance @ at + left * present


def _shape(shares: np.ndarray | float, c: float, n0: float) -> np.ndarray | float:
    """Return h: 0 where the share of the present rows is 1, 1 where it is 2."""
    start, twice = (1 + n0) ** -c, (2 + n0) ** -c
    return (start - (shares + n0) ** -c) / (start - twice)


def _find_quantile(share: float, weights: np.ndarray, means: np.ndarray, spread: np.ndarray) -> float:
    """Return a quantile of a mixture of normal distributions, by bisection."""
    low, high = float((means - 8 * spread).min()), float((means + 8 * spread).max())
    for _ in range(60):
        middle = (low + high) / 2
        if weights @ ndtr((middle - means) / spread) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2
