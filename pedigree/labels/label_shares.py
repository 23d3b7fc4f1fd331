"""Estimates the share of right labels from a classifier's readings, given how it reads rows that people labelled.

Rogan and Gladen (1978), one label against the others, where ``agreement`` is the share of the label's rows that are
read as the label:

    share of right labels = (agreement - f) / (s - f)

``s`` is how often the classifier recognises a row of the label, ``f`` how often it takes another row for one. Which
other labels the wrong rows have is not known: rows that are read as another label more often than errors explain count
for it. Every figure is drawn from its posterior (Jeffreys prior), and the interval covers the draws.

A classifier reads a model's text otherwise than people's text, so each draw also moves its readings: towards or away
from each label (log-odds of standard deviation ``BIAS``), and its skill as a whole (``SKILL``). Both were measured on
text of real models; see docs/label-checks.md.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from pedigree.dataset.results import Estimate
from pedigree.labels.corrections import make_estimate

DRAWS = 2000
FEW_LABELS, FEWEST_DRAWS = 32, 500  # of more labels than so many fewer draws: each takes numbers of labels x labels
BIAS, SKILL = 0.15, 0.15
MIN_SKILL = 0.15  # s - f; a draw below it says nothing of the label's rows
MOST = 0.5  # of the rows have labels that a draw says something of; then the others' labels are taken to be like them
BEYOND = 0.5  # how far below 0 or above 1 a label's draw may lie, to balance other labels in the whole


def estimate_shares(
    true: np.ndarray, judged: np.ndarray, asked: np.ndarray, predicted: np.ndarray, labels: Sequence[str], seed: int
) -> tuple[Estimate, dict[str, Estimate]]:
    """Return the share of right labels of all rows, and of each label that has rows.

    ``true`` and ``judged`` (n people's rows): label, and label read without having learned the row; ``asked`` and
    ``predicted`` (m rows of the dataset): the label that a row carries, and the label read. A label that the classifier
    does not recognise may have any share; in the whole it is taken to be as right as the others, if those are most
    rows and people wrote rows of it.

    The share of all rows is the mean of the labels' shares, weighted by their rows, so that no label contradicts it.
    Its interval covers two ways to pool the draws of labels: as drawn, where a reading too low for one label balances
    one too high for another; and half way to the labels' draws cut to 0..1, where it does not.
    """
    chance = np.random.default_rng(seed)
    known, found = count_pairs(true, judged, labels), count_pairs(asked, predicted, labels)
    draws = max(min(DRAWS, DRAWS * FEW_LABELS // len(labels)), FEWEST_DRAWS)
    # By label that is read, label of the row, draw: what is read for one label then lies side by side.
    read = np.ascontiguousarray(_move(chance, _draw_rows(chance, known, draws)).T)
    there = [place for place in range(len(labels)) if found[place].any()]
    drawn = np.array([_draw_share(chance, place, read, known, found[place]) for place in there])
    ignorance = np.broadcast_to(
        chance.uniform(size=draws), drawn.shape
    )  # one for all labels, so that none averages out
    unknown = np.isnan(drawn)
    guessed = np.where(unknown, ignorance, drawn)
    by_label = {labels[place]: summarise(shares.clip(0, 1)) for place, shares in zip(there, guessed, strict=True)}
    weights = found[there].sum(axis=1, keepdims=True) / found.sum()
    guessable = (known[there].sum(axis=1) > 0)[:, None] & unknown
    balanced = _pool(guessed, unknown, guessable, weights).clip(0, 1)
    cut = _pool(guessed.clip(0, 1), unknown, guessable, weights)
    ends = np.quantile([balanced, (balanced + cut) / 2], [0.025, 0.975], axis=1)
    low, high = float(ends[0].min()), float(ends[1].max())
    return make_estimate(_average(by_label, unknown, weights, balanced), low, high), by_label


def _pool(shares: np.ndarray, unknown: np.ndarray, guessable: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return draws of the share of all rows; where most rows are known, unknown ones are taken to be like them."""
    skilled = (~unknown * weights).sum(axis=0)
    like_others = (np.where(unknown, 0, shares) * weights).sum(axis=0) / np.maximum(skilled, MOST)
    return (np.where(guessable & (skilled >= MOST), like_others, shares) * weights).sum(axis=0)


def _average(by_label: Mapping[str, Estimate], unknown: np.ndarray, weights: np.ndarray, drawn: np.ndarray) -> float:
    """Return the weighted mean of the labels that most draws tell of, or the median of the draws if those are few."""
    told = np.where(unknown.mean(axis=1) < 0.5, weights[:, 0], 0)
    if told.sum() < MOST:
        return float(np.median(drawn))
    return float(np.dot(told, [one.share for one in by_label.values()]) / told.sum())


def count_pairs(rows: np.ndarray, columns: np.ndarray, labels: Sequence[str]) -> np.ndarray:
    """Return how many rows have each label (rows) and are read as each label (columns)."""
    places = {label: place for place, label in enumerate(labels)}
    counts = np.zeros((len(labels), len(labels)))
    np.add.at(counts, ([places[one] for one in rows], [places[one] for one in columns]), 1)
    return counts


def summarise(shares: np.ndarray) -> Estimate:
    """Return the median of draws with the interval of the middle 95 %."""
    low, share, high = np.quantile(shares, [0.025, 0.5, 0.975])
    return make_estimate(float(share), float(low), float(high))


def _draw_rows(chance: np.random.Generator, counts: np.ndarray, draws: int) -> np.ndarray:
    """Return draws of the probability that a row of each label is read as each label (draws x labels x labels)."""
    prior = 1 / len(counts)  # one row of each label, so that more labels are no more evidence
    weights = chance.gamma(counts + prior, size=(draws, *counts.shape))
    np.maximum(weights, 1e-12, out=weights)
    weights /= weights.sum(axis=2, keepdims=True)
    return weights


def _move(chance: np.random.Generator, read: np.ndarray) -> np.ndarray:
    """Give the readings each draw's bias and skill on a model's text, in place, and return them."""
    draws, labels = read.shape[:2]
    bias = chance.normal(0, BIAS, (draws, 1, labels))
    skill = chance.normal(0, SKILL, (draws, 1))
    own = np.arange(labels)
    read[:, own, own] *= np.exp(skill)
    read *= np.exp(bias)
    read /= read.sum(axis=2, keepdims=True)
    return read


def _draw_share(
    chance: np.random.Generator, place: int, read: np.ndarray, known: np.ndarray, found: np.ndarray
) -> np.ndarray:
    """Return draws of a label's share of right rows, NaN without skill; ``found`` counts the labels that are read.

    ``read``: the probability that a label is read (1st axis) of a row of a label (2nd axis), by draw (3rd axis).
    """
    draws = read.shape[2]
    rows, others = found.sum(), np.arange(len(found)) != place
    sensitivity = read[place, place]
    expected = known[place, others] / max(known[place].sum(), 1) * rows
    excess = np.maximum(found[others] - expected, 0) + 1 / max(others.sum(), 1)
    weights = chance.gamma(excess, size=(draws, others.sum()))
    weights = np.maximum(weights, 1e-12)
    false_alarm = np.einsum("do,od->d", weights, read[place, others]) / weights.sum(axis=1)
    agreement = chance.beta(found[place] + 0.5, rows - found[place] + 0.5, size=draws)
    skill = sensitivity - false_alarm
    says = (skill > MIN_SKILL) & known[place].any()
    shares = (agreement - false_alarm) / np.where(says, skill, 1.0)
    return np.where(says, shares, np.nan).clip(-BEYOND, 1 + BEYOND)
