"""Makes the trials of all set-ups from those of the mixes: recalibrated ones, and the averaged pair."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pedigree.usefulness.bias_calibration import apply_biases, fit_biases
from pedigree.usefulness.cross_fitting import CrossFit, cross_fit
from pedigree.usefulness.pool import Pool, TrainingMix
from pedigree.usefulness.recommendation import list_choices
from pedigree.usefulness.setups import PAIR, RECALIBRATED, average_pair
from pedigree.usefulness.training_set import Classifier
from pedigree.usefulness.trials import Trial


@dataclass(frozen=True)
class Recalibration:
    """A trial after recalibration: the bias of each label, and the number of real ``rows`` that they were fitted on."""

    trial: Trial
    biases: np.ndarray
    rows: int


@dataclass(frozen=True)
class TriedSetups:
    """The mixes to choose from, the real rows' cross-fitted probabilities, recalibrations by mix, trials by set-up."""

    choices: list[str]
    crossed: CrossFit | None
    recalibrations: dict[str, Recalibration]
    every: dict[str, Trial]


def try_setups(
    classifier: Classifier, pool: Pool, mixes: Mapping[str, TrainingMix], trials: Mapping[str, Trial]
) -> TriedSetups:
    """Return the trials of these mixes with those that are made of them: recalibrated, and the averaged pair."""
    choices = list_choices(mixes, trials)
    crossed = cross_fit(classifier, pool, choices) if len(choices) > 1 else None
    recalibrations = {**recalibrate_trials(pool, trials), **recalibrate_crossed(trials, crossed)}
    every = {**trials, **{f"{name}{RECALIBRATED}": one.trial for name, one in recalibrations.items()}}
    one, other = every.get("real"), every.get(f"synthetic{RECALIBRATED}")
    if one and other:
        every[PAIR] = Trial(one.true, average_pair(one.probabilities, other.probabilities))
    return TriedSetups(choices, crossed, recalibrations, every)


def recalibrate_trials(pool: Pool, trials: Mapping[str, Trial]) -> dict[str, Recalibration]:
    """Return the recalibration of each trial without real rows; empty if the calibration rows have one label."""
    rows, recalibrations = pool.calibration_rows, {}
    for name, trial in trials.items() if rows.has_two_labels else ():
        if trial.on_real is not None:
            biases = fit_biases(trial.on_real, rows.label_ids)
            recalibrated = Trial(trial.true, apply_biases(trial.probabilities, biases))
            recalibrations[name] = Recalibration(recalibrated, biases, len(rows.rows))
    return recalibrations


def recalibrate_crossed(trials: Mapping[str, Trial], crossed: CrossFit | None) -> dict[str, Recalibration]:
    """Return the recalibration of each trial with real rows, by biases fitted on their cross-fitted probabilities."""
    if crossed is None:
        return {}
    recalibrations = {}
    for name in crossed.probabilities:
        if trials[name].on_real is None:
            biases = crossed.fit_biases(name)
            recalibrated = Trial(trials[name].true, apply_biases(trials[name].probabilities, biases))
            recalibrations[name] = Recalibration(recalibrated, biases, len(crossed.label_ids))
    return recalibrations
