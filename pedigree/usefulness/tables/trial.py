"""What is measured of the usefulness of tabular rows besides what is measured of texts."""

from typing import Any

import numpy as np

from pedigree.usefulness import scores
from pedigree.usefulness.pool import Pool
from pedigree.usefulness.tables.classifier import BoostedClassifier
from pedigree.usefulness.tables.model_selection import MAX_ROWS, compare_importances, compare_models, learn_side
from pedigree.usefulness.trials import Trial, plan_mixes, run_trial

BOOSTED_MIXES = ("synthetic", "real", "both")


def measure_tables(pool: Pool) -> dict[str, Any]:
    """Return ``boosted``, ``model_selection`` and ``feature_selection`` of a pool with a table; deterministic.

    ``boosted``: macro-F1, with its interval, and the other scores of gradient-boosted trees by mix, and the differences
    to real rows alone, on the same held-out rows. The others are null without real rows of two labels.
    """
    return {"boosted": _try_boosting(pool), **_rank(pool)}


def _try_boosting(pool: Pool) -> dict[str, Any]:
    table = pool.table
    if table is None:
        raise ValueError("the rows of the pool are no table")
    mixes, trees = plan_mixes(len(pool.synthetic), len(pool.real)), BoostedClassifier(table, pool.seed)
    found = {name: run_trial(trees, pool, mixes[name]) for name in BOOSTED_MIXES if name in mixes}
    trials: dict[str, Trial] = {name: trial for name, trial in found.items() if trial}
    if not trials:
        return {"differences": {}}
    predicted = [trial.predicted for trial in trials.values()]
    true = next(iter(trials.values())).true
    drawn = scores.average_f1(scores.resample_f1(true, predicted, pool.label_count, pool.seed))
    f1 = {name: drawn[:, place] for place, name in enumerate(trials)}
    return {
        **{
            name: trial.score() | {"macro_f1_interval": scores.find_interval(f1[name])}
            for name, trial in trials.items()
        },
        "differences": {
            f"{name}_minus_real": {
                "macro_f1": trials[name].macro_f1 - trials["real"].macro_f1,
                "macro_f1_interval": scores.find_interval(f1[name] - f1["real"]),
            }
            for name in ("synthetic", "both")
            if name in trials and "real" in trials
        },
    }


def _rank(pool: Pool) -> dict[str, Any]:
    if pool.table is None:
        raise ValueError("the rows of the pool are no table")
    tests, sides = pool.table.take(pool.test_rows), []
    for rows in pool.sides.values():
        chance = np.random.default_rng([pool.seed, len(sides)])
        drawn = np.sort(chance.choice(rows, MAX_ROWS, replace=False)) if len(rows) > MAX_ROWS else rows
        sides.append(learn_side(pool.table.take(drawn), pool.label_ids[drawn], tests, pool.seed))
    synthetic, real = sides
    if synthetic is None or real is None:
        return {"model_selection": None, "feature_selection": None}
    true = pool.label_ids[pool.test_rows]
    return {
        "model_selection": compare_models(synthetic, real, true, pool.label_count, pool.seed),
        "feature_selection": compare_importances(synthetic, real, [column.name for column in pool.table.columns]),
    }
