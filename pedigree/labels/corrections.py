"""Corrects a share of rows that somebody judged to be right for the judge's errors, with a 95 % interval.

``rogan_gladen`` needs rows with labels of people from anywhere: it assumes that the judge errs on the dataset as it
does on them. ``prediction_powered`` needs people's verdicts on rows drawn at random from the dataset, and assumes
nothing else. Counts are smoothed as the sources say: 20 of 20 right does not mean that the judge never errs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from pedigree.dataset.results import Estimate

Z = 1.959963984540054  # 97.5 % of a normal distribution is below
PLACES = 4  # decimals of a share


@dataclass(frozen=True)
class Count:
    """How many rows of a number of rows had a property."""

    hits: int
    rows: int

    @property
    def share(self) -> float:
        """Return the share of the rows; rows must not be 0."""
        return self.hits / self.rows

    def smooth(self, added: float) -> tuple[float, float]:
        """Return share and variance of the share, with ``added`` rows more, half of them with the property."""
        rows = self.rows + added
        share = (self.hits + added / 2) / rows
        return share, share * (1 - share) / rows


def wilson(right: int, drawn: int) -> Estimate:
    """Return a share of rows that were drawn at random, with the interval of Wilson (1927); all is open for no row."""
    if not drawn:
        return Estimate(share=0.5, low=0.0, high=1.0)
    share = right / drawn
    middle = (share + Z**2 / (2 * drawn)) / (1 + Z**2 / drawn)
    half = Z / (1 + Z**2 / drawn) * sqrt(share * (1 - share) / drawn + Z**2 / (4 * drawn**2))
    return make_estimate(share, middle - half, middle + half)


def rogan_gladen(judged_right: Count, sensitivity: Count, specificity: Count) -> Estimate | None:
    """Return the share of right rows behind the share that a judge calls right; None if it knows no better than chance.

    ``sensitivity`` counts the rows that people call right and the judge, too, of those that people call right;
    ``specificity`` the rows that both call wrong, of those that people call wrong. With the judge's share p, q1 and q0:

        share = (p + q0 - 1) / (q0 + q1 - 1), cut to 0..1                         (Rogan and Gladen 1978)
        variance = [p (1-p)/n + (1-share)^2 q0 (1-q0)/m0 + share^2 q1 (1-q1)/m1] / (q0 + q1 - 1)^2   (delta method)

    The interval is that of Lang and Reiczigel (2014): the same variance, on counts to which z^2 rows (n) and 2 rows (m0
    and m1) are added, with the centre moved by ``2 z^2 [share q1 (1-q1)/m1 - (1-share) q0 (1-q0)/m0]``.
    """
    if not (judged_right.rows and sensitivity.rows and specificity.rows):
        return None
    if sensitivity.share + specificity.share <= 1:
        return None
    share = _correct(judged_right.share, sensitivity.share, specificity.share)
    p, p_variance = judged_right.smooth(Z**2)
    q1, q1_variance = sensitivity.smooth(2)
    q0, q0_variance = specificity.smooth(2)
    if q0 + q1 <= 1:
        return None
    smooth = _correct(p, q1, q0)
    variance = p_variance + (1 - smooth) ** 2 * q0_variance + smooth**2 * q1_variance
    centre = smooth + 2 * Z**2 * (smooth * q1_variance - (1 - smooth) * q0_variance)
    half = Z * sqrt(variance) / (q0 + q1 - 1)
    return make_estimate(share, centre - half, centre + half)


def _correct(p: float, q1: float, q0: float) -> float:
    return (p + q0 - 1) / (q0 + q1 - 1)


def prediction_powered(judged: Sequence[bool], reviewed: Sequence[tuple[bool, bool]]) -> Estimate | None:
    """Return the share of right rows from few verdicts of people and many of a judge; None without people's verdicts.

    ``judged``: the judge's verdict (right or not) on the rows that people did not see; ``reviewed``: people's verdict
    and the judge's, on rows drawn at random. PPI++ (Angelopoulos, Duchi and Zrnic 2023), for a mean:

        share = mean(people) + w (mean(judge on the others) - mean(judge on the reviewed))
        variance = var(people - w judge)/n + w^2 var(judge)/N,   w = cov(people, judge) / ((1 + n/N) var(judge on all))

    ``w`` is kept within 0..1: 1 is plain prediction-powered inference (2023), 0 leaves the judge out, as a judge that
    knows nothing does. Each of the four cells of people x judge is counted half a row more (Agresti and Min 2005).
    """
    if not reviewed:
        return None
    people, judge = np.array(reviewed, dtype=float).T
    cells = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
    weights = np.append(np.ones(len(people)), np.full(4, 0.5))
    people, judge = np.append(people, cells[:, 0]), np.append(judge, cells[:, 1])
    rows, others = weights.sum(), np.array(judged, dtype=float)
    (people_variance, shared), (_, judge_variance) = np.cov(people, judge, aweights=weights, ddof=0)
    weight = 0.0
    if len(others):
        pooled = np.cov(np.append(judge, others), aweights=np.append(weights, np.ones(len(others))), ddof=0)
        weight = float(np.clip(shared / pooled / (1 + rows / len(others)), 0, 1))
    share = float(np.average(people, weights=weights))
    variance = (people_variance - 2 * weight * shared + weight**2 * judge_variance) / rows
    if weight:
        share += weight * float(others.mean() - np.average(judge, weights=weights))
        variance += weight**2 * float(others.var()) / len(others)
    half = Z * sqrt(variance)
    return make_estimate(share, share - half, share + half)


def pool_labels(by_label: Mapping[str, Estimate], rows: Mapping[str, int]) -> Estimate:
    """Return the share over all rows from the shares of labels that were estimated independently of each other.

    ``rows`` are the dataset's rows of each label. The interval is made of the labels' intervals by MOVER (Zou and
    Donner 2008): each distance from share to bound, weighted by the label's rows, is squared, and the squares added.
    """
    total = sum(rows[label] for label in by_label)
    share, below, above = 0.0, 0.0, 0.0
    for label, one in by_label.items():
        weight = rows[label] / total
        share += weight * one.share
        below += (weight * (one.share - one.low)) ** 2
        above += (weight * (one.high - one.share)) ** 2
    return make_estimate(share, share - sqrt(below), share + sqrt(above))


def make_estimate(share: float, low: float, high: float) -> Estimate:
    """Return an estimate cut to 0..1, rounded, whose interval holds its share."""
    share, low, high = (round(min(1.0, max(0.0, value)), PLACES) for value in (share, low, high))
    return Estimate(share=share, low=min(low, share), high=max(high, share))
