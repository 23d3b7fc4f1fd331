"""Recommends how to train a classifier on a dataset: the set-up is chosen on the real rows, never on the held-out ones.

The default stays unless another set-up is better beyond the interval: on few rows the highest figure is often luck.
"""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from pedigree.usefulness import scores
from pedigree.usefulness.cross_fitting import CrossFit
from pedigree.usefulness.pool import TrainingMix
from pedigree.usefulness.setups import MIXES, predict_setups
from pedigree.usefulness.trials import Trial


def list_choices(mixes: Mapping[str, TrainingMix], trials: Collection[str]) -> list[str]:
    """Return the mixes to choose from: those tried, that of up-weighted real rows only where they weigh more."""
    return [mix for mix in MIXES if mix in trials and ("upweighted" not in mix or mixes[mix].real_weight > 1)]


def choose_setup(crossed: CrossFit, seed: int) -> tuple[str, list[dict[str, Any]]]:
    """Return the chosen set-up, and of each its macro-F1 on the real rows and by how much the best is above it.

    Chosen is the first in the order of ``predict_setups`` for which the interval of that difference (95 %, paired over
    resampled rows) reaches 0.
    """
    found = predict_setups(crossed.probabilities, crossed.probabilities.__getitem__, crossed.recalibrate)
    trials = {name: Trial(crossed.label_ids, probabilities) for name, probabilities in found.items()}
    predicted = [trial.predicted for trial in trials.values()]
    labels = next(iter(found.values())).shape[1]
    drawn = scores.average_f1(scores.resample_f1(crossed.label_ids, predicted, labels, seed))
    f1 = np.array([trial.macro_f1 for trial in trials.values()])
    best = int(f1.argmax())
    compared: list[dict[str, Any]] = [
        {
            "setup": name,
            "macro_f1": float(f1[place]),
            "best_minus_this": float(f1[best] - f1[place]),
            "best_minus_this_interval": scores.find_interval(drawn[:, best] - drawn[:, place]),
        }
        for place, name in enumerate(trials)
    ]
    chosen = next(one["setup"] for one in compared if one["best_minus_this_interval"][0] <= 0)
    return chosen, compared


def describe_choice(choices: list[str], crossed: CrossFit | None, real_rows: int, seed: int) -> dict[str, Any]:
    """Return the recommended set-up and what it rests on.

    ``chosen_by``: "real rows"; "default" where these are too few to choose on; "only" where one mix is possible.
    """
    if len(choices) < 2 or crossed is None:
        by = "only" if len(choices) < 2 else "default"
        return {"setup": choices[0], "chosen_by": by, "real_rows": real_rows, "compared": []}
    setup, compared = choose_setup(crossed, seed)
    return {"setup": setup, "chosen_by": "real rows", "real_rows": len(crossed.label_ids), "compared": compared}
