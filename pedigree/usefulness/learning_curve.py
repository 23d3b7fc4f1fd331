"""Learning curves: students of more and more synthetic and real rows, and what the last doubling of each side brought."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pedigree.usefulness.pool import REAL, SYNTHETIC, Pool, TrainingMix
from pedigree.usefulness.training_set import Student
from pedigree.usefulness.trials import Trial, run_trial

PARTS = (0, 0.25, 0.5, 1)
REPEATS = 2  # draws of rows that each point is the mean of


@dataclass(frozen=True)
class LearningCurve:
    """Macro-F1 by rows of each side, as the mean over draws; and what was said with all rows, and with half a side's."""

    points: list[dict[str, Any]]
    whole: Trial | None
    halves: dict[str, list[Trial]]


def measure_learning_curve(student: Student, pool: Pool, known: Mapping[TrainingMix, Trial]) -> LearningCurve:
    """Try 0, 1/4, 1/2 and all of the synthetic rows with 0, 1/4, 1/2 and all of the real ones.

    The rows of a draw's smaller part are among those of its larger part. ``known``: trials that need no new student.
    Points are null where the rows have fewer than two labels.
    """
    sizes = {name: sorted({round(part * len(side)) for part in PARTS}) for name, side in pool.sides.items()}
    whole = TrainingMix(len(pool.synthetic), len(pool.real))
    halves = {
        SYNTHETIC: TrainingMix(round(whole.synthetic / 2), whole.real),
        REAL: TrainingMix(whole.synthetic, round(whole.real / 2)),
    }
    tried: dict[TrainingMix, list[Trial]] = {}
    for mix in (TrainingMix(few, more) for more in sizes[REAL] for few in sizes[SYNTHETIC]):
        if mix in known:
            tried[mix] = [known[mix]]
        else:
            approximate = mix not in halves.values()
            tries = [run_trial(student, pool, mix, time, approximate=approximate) for time in range(1, REPEATS + 1)]
            tried[mix] = [trial for trial in tries if trial]
    return LearningCurve(
        points=[_describe(mix, trials) for mix, trials in tried.items() if len(mix)],
        whole=next(iter(tried[whole]), None),
        halves={name: tried[half] if getattr(half, name) > 0 else [] for name, half in halves.items()},
    )


def _describe(mix: TrainingMix, trials: list[Trial]) -> dict[str, Any]:
    found = [trial.macro_f1 for trial in trials]
    return {
        "synthetic": mix.synthetic,
        "real": mix.real,
        "macro_f1": float(np.mean(found)) if found else None,
        "macro_f1_draws": found,
    }
