"""Scores classifiers on the held-out rows on whose label annotators agree at least so far (Li et al. 2023)."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pedigree.usefulness import scores
from pedigree.usefulness.trials import Trial

MAX_LEVELS = 6  # of more different agreements, quantiles are taken
SWEPT = ("synthetic", "real", "both")  # mixes of training rows


def choose_levels(agreement: np.ndarray) -> list[float]:
    """Return the levels of agreement, ascending; the first holds all rows whose agreement is known (not NaN)."""
    known = agreement[~np.isnan(agreement)]
    levels = np.unique(known)
    if len(levels) > MAX_LEVELS:
        levels = np.unique(np.quantile(known, np.linspace(0, 1, MAX_LEVELS), method="nearest"))
    return [float(level) for level in levels]


def sweep_agreement(agreement: np.ndarray, trials: Mapping[str, Trial], seed: int) -> dict[str, Any] | None:
    """Return accuracy and macro-F1, with its 95 % interval, on the rows of at least each agreement, by mix.

    ``agreement`` is that of the trials' rows, NaN where it is not known; such rows are left out. None where
    that of no row is.
    """
    if not trials or np.isnan(agreement).all():
        return None
    levels = []
    for level in choose_levels(agreement):
        own = agreement >= level
        figures = {name: score_part(trials[name], own, seed) for name in SWEPT if name in trials}
        levels.append({"agreement": level, "rows": int(own.sum()), **figures})
    return {"known": int((~np.isnan(agreement)).sum()), "levels": levels}


def score_part(trial: Trial, own: np.ndarray, seed: int) -> dict[str, Any]:
    """Return accuracy and macro-F1, with its 95 % interval, of a trial on a part of its rows."""
    part = Trial(trial.true[own], trial.probabilities[own])
    drawn = scores.resample_f1(part.true, [part.predicted], part.probabilities.shape[1], seed)[:, 0]
    return {
        "accuracy": float(np.mean(part.predicted == part.true)),
        "macro_f1": part.macro_f1,
        "macro_f1_interval": scores.find_interval(scores.average_f1(drawn)),
    }
