"""Estimates the share of right labels from a judge's answers, over many labels with few rows of people each.

A row is made for a label (its claim) and is right, or wrong: then its true label is near, that is confused with the
claim (``unlike``), or far, any other. The judge answers the claim itself, a label near it, or anything else. Rows of
people under a claim that is right, near or far tell how often the judge gives each answer. These rates say which mix of
right, near and far rows explains the answers on the dataset:

    P(answer) = t P(answer | right) + (1 - t) (n P(answer | near) + (1 - n) P(answer | far))

t and n have flat priors, and the rates those of Jeffreys. So the false consents need not be as many as on a certain mix
of wrong rows: a judge that is shown a group of the labels errs otherwise where the true one is not in the group. With
two kinds of answers and one kind of wrong rows this is the correction of Rogan and Gladen (1978), on a posterior.

Rates are those over all labels, each label with the weight of its rows in the dataset: with few rows of people each,
the rates of single labels would say more of the prior than of the judge, and always to the same side. How many rows are
right of a label that people wrote no row of is unknown: any share.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pedigree.curation.judging import ANOTHER

RIGHT, NEAR, FAR = range(3)  # kinds of claims; and of answers: the claim, a label near it, anything else
PRIOR = np.array([0.5, 0.25, 0.25])  # rows; of the claim against the others it is Jeffreys' prior
DRAWS, LABEL_DRAWS = 1000, 200
SHARES, MIXES = 401, 9  # points of the grid of t and n
LABEL_SHARES, LABEL_MIXES = 51, 5
SHRUNK = 2.0  # rows of all labels that stand behind the rates of one label
OPEN = 3  # the place of rows without a verdict in the counts of answers

NearLabels = Mapping[str, Sequence[str]]
Counts = Mapping[str, np.ndarray]  # label -> answers (own, near, other, none)


@dataclass(frozen=True)
class Answers:
    """What a judge answered on rows of people: by kind and claim, how often each kind of answer."""

    counts: tuple[dict[str, np.ndarray], ...]  # right, near, far: claim -> answers (3)
    possible: tuple[bool, bool]  # whether the recipe has near and far pairs of labels at all

    @property
    def known(self) -> set[str]:
        """Return the labels that it was asked about with a row of people that has them."""
        return {label for label, of in self.counts[RIGHT].items() if of.sum()}


def count_answers(near: NearLabels, said: Iterable[tuple[str, str, str | None]]) -> Answers:
    """Return the counts of (claim, true label, answer) on rows of people; an answer that names no label is None."""
    sets = {label: frozenset(others) for label, others in near.items()}
    counts = tuple(defaultdict(lambda: np.zeros(3)) for _ in range(3))
    for claim, true, answer in said:
        kind = RIGHT if claim == true else NEAR if true in sets[claim] else FAR
        counts[kind][claim][find_kind(sets, claim, answer)] += 1
    possible = any(sets.values()), any(len(one) < len(sets) - 1 for one in sets.values())
    return Answers(tuple(dict(one) for one in counts), possible)


def find_kind(near: Mapping[str, Iterable[str]], claim: str, answer: str | None) -> int:
    """Return the kind of an answer to a claim."""
    return RIGHT if answer == claim else NEAR if answer not in (None, ANOTHER) and answer in near[claim] else FAR


def estimate_right(answers: Answers, made: Counts, kept: Counts, seed: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return draws of the share of right labels of all kept rows, and of those of each label.

    ``made``: the judge's answers on all rows that were made for a label, rejected ones too; ``kept``: on those of the
    dataset. At least one label must have rows.
    """
    chance = np.random.default_rng(seed)
    ignorance = chance.uniform(size=DRAWS)  # one for all labels that nothing is known of, so that none averages out
    weights = {label: of[:OPEN].sum() for label, of in made.items()}
    rates = [_draw_rates(chance, of, weights) for of in answers.counts]
    covered = [label for label in kept if label in answers.known]
    whole, rows = sum(of.sum() for of in kept.values()), sum(kept[label].sum() for label in covered)
    total = ignorance
    if rows:
        seen, there = (np.sum([of.get(label, np.zeros(4)) for label in covered], axis=0) for of in (made, kept))
        shares = _draw_shares(chance, rates, answers.possible, seen, SHARES, MIXES)
        total = (rows * _share_of(shares, rates, there) + (whole - rows) * ignorance) / whole
    by_label = {}
    for label, of in kept.items():
        if label not in answers.known:
            by_label[label] = ignorance
            continue
        own = [_shrink(chance, rate, of_kind.get(label)) for rate, of_kind in zip(rates, answers.counts, strict=True)]
        drawn = _draw_shares(chance, own, answers.possible, made.get(label, of), LABEL_SHARES, LABEL_MIXES)
        by_label[label] = _share_of(drawn, own, of)
    return total, by_label


def draw_accuracy(answers: Answers, kept: Counts, seed: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return draws as ``estimate_right``, of rows that carry the judge's own label: how often it is right."""
    chance = np.random.default_rng(seed)
    ignorance, weights = chance.uniform(size=DRAWS), {label: of.sum() for label, of in kept.items()}
    rates, right = _draw_rates(chance, answers.counts[RIGHT], weights), answers.counts[RIGHT]
    known = sum(rows for label, rows in weights.items() if label in answers.known) / sum(weights.values())
    return known * rates[:, RIGHT] + (1 - known) * ignorance, {
        label: _shrink(chance, rates, right[label])[:, RIGHT] if label in answers.known else ignorance for label in kept
    }


def _draw_rates(
    chance: np.random.Generator, counts: Mapping[str, np.ndarray], weights: Mapping[str, float]
) -> np.ndarray:
    """Return draws of the rates of the answers (draws x 3), each claim with its weight in the dataset.

    As many rows stand behind them as would give the same variance, were they drawn from all labels alike.
    """
    there = {label: weights.get(label, 0) for label, of in counts.items() if of.sum()}
    whole = sum(there.values())
    if not whole:
        return chance.dirichlet(PRIOR, size=DRAWS)
    mean = np.sum([weight / whole * counts[label] / counts[label].sum() for label, weight in there.items()], axis=0)
    rows = 1 / sum((weight / whole) ** 2 / counts[label].sum() for label, weight in there.items())
    return chance.dirichlet(rows * mean + PRIOR, size=DRAWS)


def _shrink(chance: np.random.Generator, rates: np.ndarray, counts: np.ndarray | None) -> np.ndarray:
    """Return draws of the rates of one label: its own counts, behind which SHRUNK rows of all labels stand."""
    counts = np.zeros(3) if counts is None else counts
    weights = chance.gamma(np.maximum(counts + SHRUNK * rates[:LABEL_DRAWS], 1e-6))
    weights = np.maximum(weights, 1e-12)
    return weights / weights.sum(axis=1, keepdims=True)


def _draw_shares(
    chance: np.random.Generator,
    rates: Sequence[np.ndarray],
    possible: tuple[bool, bool],
    seen: np.ndarray,
    shares: int,
    mixes: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each draw of the rates, a draw of t and n given how often each answer was seen."""
    right, near, far = rates
    t = np.linspace(0, 1, shares)
    n = np.linspace(0, 1, mixes) if all(possible) else np.array([1.0 if possible[0] else 0.0])
    wrong = n[:, None] * near[:, None, :] + (1 - n[:, None]) * far[:, None, :]  # draws x mixes x 3
    likely = sum(
        seen[answer] * np.log(np.maximum(t * right[:, None, None, answer] + (1 - t) * wrong[:, :, None, answer], 1e-12))
        for answer in range(3)
    ).reshape(len(right), -1)
    likely = np.exp(likely - likely.max(axis=1, keepdims=True)).cumsum(axis=1)
    place = (likely < chance.uniform(size=(len(right), 1)) * likely[:, -1:]).sum(axis=1)
    mix, share = np.divmod(place, shares)
    moved = t[share] + chance.uniform(-0.5, 0.5, size=len(right)) / (shares - 1)
    return moved.clip(0, 1), n[mix]


def _share_of(drawn: tuple[np.ndarray, np.ndarray], rates: Sequence[np.ndarray], there: np.ndarray) -> np.ndarray:
    """Return draws of the share of right rows of rows with these answers (own, near, other, none)."""
    t, n = (one[:, None] for one in drawn)
    right, near, far = rates
    shown = t * right
    given = shown / np.maximum(shown + (1 - t) * (n * near + (1 - n) * far), 1e-12)
    return (np.hstack([given, t]) @ there) / there.sum()
