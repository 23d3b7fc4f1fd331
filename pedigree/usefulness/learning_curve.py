"""Measures learning curves: classifiers of more and more synthetic and real rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pedigree.usefulness.pool import REAL, SYNTHETIC, Pool, TrainingMix
from pedigree.usefulness.training_set import Classifier
from pedigree.usefulness.trials import Trial, run_trial

PARTS = (0, 0.25, 0.5, 1)
REPEATS = 2  # training sets drawn for each point; the point is their mean


@dataclass(frozen=True)
class LearningCurve:
    """Macro-F1 by rows of each side; the trial of all rows, and those with half of one side's rows."""

    points: list[dict[str, Any]]
    whole: Trial | None
    halves: dict[str, list[Trial]]


def measure_learning_curve(classifier: Classifier, pool: Pool, known: Mapping[TrainingMix, Trial]) -> LearningCurve:
    """Train on 0, 1/4, 1/2 and all of the synthetic rows with 0, 1/4, 1/2 and all of the real ones.

    Within a repeat, the rows of a smaller part are among those of a larger one. Trials in ``known`` are not run again.
    Points are null if the rows have fewer than two labels.
    """
    sizes = {name: sorted({round(part * len(side)) for part in PARTS}) for name, side in pool.sides.items()}
    whole = TrainingMix(len(pool.synthetic), len(pool.real))
    halves = {
        SYNTHETIC: TrainingMix(round(whole.synthetic / 2), whole.real),
        REAL: TrainingMix(whole.synthetic, round(whole.real / 2)),
    }
    trials: dict[TrainingMix, list[Trial]] = {}
    for mix in (TrainingMix(synthetic, real) for real in sizes[REAL] for synthetic in sizes[SYNTHETIC]):
        if mix in known:
            trials[mix] = [known[mix]]
        else:
            approximate = mix not in halves.values()
            repeats = range(1, REPEATS + 1)
            run = [run_trial(classifier, pool, mix, repeat, approximate=approximate) for repeat in repeats]
            trials[mix] = [trial for trial in run if trial]
    return LearningCurve(
        points=[_describe(mix, repeats) for mix, repeats in trials.items() if len(mix)],
        whole=next(iter(trials[whole]), None),
        halves={name: trials[half] if getattr(half, name) > 0 else [] for name, half in halves.items()},
    )


def _describe(mix: TrainingMix, trials: list[Trial]) -> dict[str, Any]:
    scores = [trial.macro_f1 for trial in trials]
    return {
        "synthetic": mix.synthetic,
        "real": mix.real,
        "macro_f1": float(np.mean(scores)) if scores else None,
        "macro_f1_draws": scores,
    }
