"""Measures learning curves: classifiers of more and more synthetic and real rows."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from pedigree.metrics.regression.dual_fit import MANY_LABELS
from pedigree.usefulness.pool import REAL, SYNTHETIC, Pool, TrainingMix
from pedigree.usefulness.power_law import Prediction, predict_gain
from pedigree.usefulness.training_set import Classifier
from pedigree.usefulness.trials import Trial, run_trial

PARTS, REPEATS = (0, 0.25, 0.5, 1), 2  # of each side with each part of the other; training sets drawn for each point
GROWTH_PARTS, GROWTH_REPEATS = (0.0625, 0.125, 0.25, 0.5), 4  # of one side with all of the other
FEWER = 2  # with many labels, each point has this part of the draws: a classifier of 150 labels takes 0.5 s to train
Points = Sequence[Mapping[str, Any]]


def measure_learning_curve(
    classifier: Classifier, pool: Pool, known: Mapping[TrainingMix, Trial]
) -> list[dict[str, Any]]:
    """Return macro-F1 by rows of each side, with that of each draw, in the order of the sizes.

    0, 1/4, 1/2 and all of the synthetic rows are tried with 0, 1/4, 1/2 and all of the real ones; beside all rows of
    one side also 1/16 and 1/8 of the other, with more draws. Each draw is independent of the others. From 32 labels on
    each point has half the draws: 2 and 1 in place of 4 and 2. Trials in ``known`` are not run again. Macro-F1 is null
    if the rows have fewer than two labels.
    """
    points = []
    planned = plan_mixes(len(pool.synthetic), len(pool.real), pool.label_count)
    for number, (mix, repeats) in enumerate(planned.items()):
        if mix in known:
            scores = [known[mix].macro_f1]
        else:
            draws = range(1 + number * GROWTH_REPEATS, 1 + number * GROWTH_REPEATS + repeats)
            trials = [run_trial(classifier, pool, mix, draw, approximate=True) for draw in draws]
            scores = [trial.macro_f1 for trial in trials if trial]
        points.append(_describe(mix, scores))
    return points


def plan_mixes(synthetic: int, real: int, labels: int) -> dict[TrainingMix, int]:
    """Return the mixes of a learning curve with the number of draws, in the order of their sizes."""
    few, many = (number // (FEWER if labels >= MANY_LABELS else 1) for number in (REPEATS, GROWTH_REPEATS))
    parts = {side: {round(part * rows) for part in PARTS} for side, rows in ((SYNTHETIC, synthetic), (REAL, real))}
    repeats = dict.fromkeys((TrainingMix(*sizes) for sizes in product(parts[SYNTHETIC], parts[REAL])), few)
    for part in GROWTH_PARTS:
        repeats[TrainingMix(round(part * synthetic), real)] = many
        repeats[TrainingMix(synthetic, round(part * real))] = many
    repeats |= {mix: 1 for mix in repeats if mix.synthetic in (0, synthetic) and mix.real in (0, real)}
    return {mix: repeats[mix] for mix in sorted(repeats, key=lambda mix: (mix.real, mix.synthetic)) if len(mix)}


def predict_growth(points: Points, side: str, have: int, more: int) -> Prediction | None:
    """Return what ``more`` rows bring to the ``have`` rows of one side; None if too few sizes were tried."""
    other = REAL if side == SYNTHETIC else SYNTHETIC
    whole = max((point[side] for point in points), default=0)
    beside = max((point[other] for point in points), default=0)
    line = [point for point in points if point[other] == beside and point[side] > 0]
    draws = [(point[side], score) for point in line if point[side] < whole for score in point["macro_f1_draws"]]
    now = [score for point in line if point[side] == whole for score in point["macro_f1_draws"]]
    if not now or not draws:
        return None
    sizes, scores = zip(*draws, strict=True)
    return predict_gain(sizes, scores, whole, now[0], beside=beside, have=have, more=more)


def _describe(mix: TrainingMix, scores: list[float]) -> dict[str, Any]:
    return {
        "synthetic": mix.synthetic,
        "real": mix.real,
        "macro_f1": float(np.mean(scores)) if scores else None,
        "macro_f1_draws": scores,
    }
