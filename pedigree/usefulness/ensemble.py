"""Several sets of one recipe: how far their figures differ, and a classifier of each whose predictions are averaged.

After van Breugel et al. 2023 (Deep Generative Ensemble, arXiv 2305.09235): one synthetic set, used as if it were real,
makes classifiers overconfident; p(y|x) is the mean over classifiers of independently generated sets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

import numpy as np

from pedigree.usefulness.scores import average_f1, find_interval
from pedigree.usefulness.trials import Trial
from pedigree.usefulness.tstr import resample_trials

ENSEMBLE = "ensemble"


@dataclass(frozen=True)
class Spread:
    """A figure over the sets where it is known: how many, mean, and standard deviation (None of fewer than two)."""

    sets: int
    mean: float
    std: float | None


@dataclass(frozen=True)
class Ensemble:
    """Macro-F1 on the held-out rows of averaged predictions, and of the single classifiers, with 95 % intervals.

    ``gain`` is that of the average less the mean of the single ones, over the same resampled rows.
    """

    students: int
    test_rows: int
    macro_f1: float
    interval: list[float]
    single: Spread
    single_interval: list[float]
    gain: float
    gain_interval: list[float]


def spread_out(values: Sequence[float | None]) -> Spread | None:
    """Return the spread of a figure over sets; None where no set has it."""
    known = [value for value in values if value is not None]
    return Spread(len(known), mean(known), stdev(known) if len(known) > 1 else None) if known else None


def average_trials(trials: Mapping[str, Trial], seed: int) -> Ensemble | None:
    """Return the figures of averaged predictions; ``trials`` are of the same held-out rows. None of fewer than two."""
    if len(trials) < 2:
        return None
    singles = [*trials.values()]
    together = Trial(singles[0].true, np.mean([one.probabilities for one in singles], axis=0))
    f1 = {name: average_f1(drawn) for name, drawn in resample_trials({ENSEMBLE: together, **trials}, seed).items()}
    alone = np.mean([f1[name] for name in trials], axis=0)
    single = spread_out([one.macro_f1 for one in singles])
    if single is None:
        return None
    return Ensemble(
        students=len(singles),
        test_rows=len(together.true),
        macro_f1=together.macro_f1,
        interval=find_interval(f1[ENSEMBLE]),
        single=single,
        single_interval=find_interval(alone),
        gain=together.macro_f1 - single.mean,
        gain_interval=find_interval(f1[ENSEMBLE] - alone),
    )
