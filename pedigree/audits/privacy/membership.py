"""A membership-inference attack on the rows alone: does a language model of them know which rows of people were shown?

After Meeus et al. 2025 ("The canary's echo", ICML), the attack that has nothing but the synthetic texts: a bigram
model of them scores each row of people. If rows that were shown score higher than rows that were not, the synthetic
texts tell which ones were shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pedigree.audits.privacy.bigram_model import BigramModel, cut_texts

RESAMPLES = 1000
MIN_ROWS = 10  # of each side


@dataclass(frozen=True)
class Membership:
    """Area under the ROC curve of shown against unseen rows by their score, with its 95 % interval (bootstrap)."""

    shown: int
    unseen: int
    auc: float
    low: float
    high: float


def infer_membership(texts: Sequence[str], shown: Sequence[str], unseen: Sequence[str], seed: int) -> Membership | None:
    """Return how well the rows tell shown rows of people from unseen ones; None for fewer than ten of a side.

    0.5 is chance. Both sides must come from the same source, or the score tells the source.
    """
    if min(len(shown), len(unseen)) < MIN_ROWS or not len(texts):
        return None
    model = BigramModel(cut_texts(texts))
    scores = [np.array([model.score(words) for words in cut_texts(side)]) for side in (shown, unseen)]
    return compare_scores(scores[0], scores[1], seed)


def compare_scores(shown: np.ndarray, unseen: np.ndarray, seed: int) -> Membership:
    """Return how well scores tell shown rows of people from unseen ones, higher ones taken for shown."""
    scores = [shown, unseen]
    above = _compare(shown, unseen)
    generator = np.random.default_rng(seed % 2**32)
    drawn = [
        generator.multinomial(len(side), np.full(len(side), 1 / len(side)), RESAMPLES) / len(side) for side in scores
    ]
    areas = np.einsum("ri,ij,rj->r", drawn[0], above, drawn[1], optimize=True)
    low, high = np.quantile(areas, [0.025, 0.975])
    return Membership(len(shown), len(unseen), float(above.mean()), float(low), float(high))


def _compare(shown: np.ndarray, unseen: np.ndarray) -> np.ndarray:
    """Return 1 for each pair in which the shown row scores higher, 0.5 for equal scores; the mean is the AUC."""
    return (shown[:, None] > unseen) + 0.5 * (shown[:, None] == unseen)
