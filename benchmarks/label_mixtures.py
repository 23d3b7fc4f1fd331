"""Seeded datasets with wrong labels, and whether each estimate's 95 % interval holds the share of right ones."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pedigree.dataset.results import Estimate
from pedigree.labels.corrections import Count, pool_labels, prediction_powered, rogan_gladen, wilson
from pedigree.labels.label_shares import estimate_shares

MIXTURES, PEOPLE, ROWS, REVIEWED, CALIBRATED = 50, 30, 75, 100, 100  # people's rows and rows of each label, ...
JUDGES = {"weak judge": (0.903, 0.487), "good judge": (0.95, 0.85)}  # sensitivity, specificity; the first was measured


@dataclass(frozen=True)
class Mixture:
    """Labels as numbers: of people's rows and as they are read, and of the rows: true, asked and as they are read."""

    labels: int
    people: np.ndarray
    people_read: np.ndarray
    true: np.ndarray
    asked: np.ndarray
    read: np.ndarray
    seed: int

    @property
    def right(self) -> np.ndarray:
        """Return whether each row carries its true label."""
        return self.true == self.asked


def draw_mixture(seed: int) -> Mixture:
    """Return 2 to 8 labels, 0 to 50 % wrong: even seeds by any other label, odd ones by the next label."""
    chance = np.random.default_rng(seed)
    count = int(chance.integers(2, 9))
    reads = chance.dirichlet(np.ones(count), size=count) * 0.5 + np.eye(count) * 0.5
    people, true = np.repeat(np.arange(count), PEOPLE), np.repeat(np.arange(count), ROWS)
    wrong = chance.random(len(true)) < chance.uniform(0, 0.5)
    step = 1 if seed % 2 else chance.integers(1, count, len(true))
    read = [(reads[some].cumsum(axis=1) > chance.random((len(some), 1))).argmax(axis=1) for some in (people, true)]
    return Mixture(count, people, read[0], true, np.where(wrong, (true + step) % count, true), read[1], seed)


def by_classifier(mixture: Mixture) -> Estimate:
    """Return the classifier's estimate, its errors known from people's rows."""
    one = mixture
    return estimate_shares(one.people, one.people_read, one.asked, one.read, list(range(one.labels)), one.seed)[0]


def by_review(mixture: Mixture) -> Estimate:
    """Return what a review of rows drawn at random within labels says."""
    chance, each = np.random.default_rng(mixture.seed), REVIEWED // mixture.labels
    found, rows = {}, {}
    for label in np.unique(mixture.asked).tolist():
        own = np.flatnonzero(mixture.asked == label)
        drawn = chance.permutation(own)[:each]
        found[label], rows[label] = wilson(int(mixture.right[drawn].sum()), len(drawn)), len(own)
    return pool_labels(found, rows)


def with_review(mixture: Mixture, judged: np.ndarray) -> Estimate | None:
    """Return prediction-powered inference from verdicts on all rows and a review of some."""
    order = np.random.default_rng(mixture.seed).permutation(len(judged))
    reviewed, others = order[:REVIEWED], order[REVIEWED:]
    pairs = zip(mixture.right[reviewed].tolist(), judged[reviewed].tolist(), strict=True)
    return prediction_powered(judged[others].tolist(), list(pairs))


def judge(mixture: Mixture, name: str) -> np.ndarray:
    """Return a judge's verdict on each row: whether its label is right."""
    sensitivity, specificity = JUDGES[name]
    chance = np.random.default_rng(mixture.seed + 1)
    return chance.random(len(mixture.true)) < np.where(mixture.right, sensitivity, 1 - specificity)


def by_judge(mixture: Mixture, name: str) -> Estimate | None:
    """Return the judge's corrected share, its errors known from rows that people labelled."""
    chance, judged = np.random.default_rng(mixture.seed + 2), judge(mixture, name)
    hits = [Count(int(chance.binomial(CALIBRATED, one)), CALIBRATED) for one in JUDGES[name]]
    return rogan_gladen(Count(int(judged.sum()), len(judged)), *hits)


ESTIMATES: dict[str, Callable[[Mixture], Estimate | None]] = {
    "classifier": by_classifier,
    f"review of {REVIEWED} rows": by_review,
    "classifier and review (PPI++)": lambda one: with_review(one, one.asked == one.read),
    "weak judge (Rogan-Gladen)": lambda one: by_judge(one, "weak judge"),
    "good judge (Rogan-Gladen)": lambda one: by_judge(one, "good judge"),
    "weak judge and review (PPI++)": lambda one: with_review(one, judge(one, "weak judge")),
    "good judge and review (PPI++)": lambda one: with_review(one, judge(one, "good judge")),
}


@dataclass(frozen=True)
class Coverage:
    """In how many of the mixtures an interval holds the truth, its median width, and the mean error of the share."""

    held: int
    width: float
    error: float


def measure_coverage() -> dict[str, Coverage]:
    """Return the coverage of each estimate over the seeded mixtures."""
    mixtures, found = [draw_mixture(seed) for seed in range(MIXTURES)], {}
    for name, estimate in ESTIMATES.items():
        pairs = [(one, float(mixture.right.mean())) for mixture in mixtures if (one := estimate(mixture))]
        held = sum(one.low <= truth <= one.high for one, truth in pairs)
        width = float(np.median([one.high - one.low for one, _ in pairs]))
        found[name] = Coverage(held, width, float(np.mean([one.share - truth for one, truth in pairs])))
    return found
