"""Scores classifiers on easy, ambiguous and hard held-out rows apart (Cosma et al. 2024, arXiv 2410.03429).

How difficult a held-out row is, a student of the held-out rows tells, by its training dynamics: it depends neither on
the synthetic rows nor on the seeds. Each held-out row has the part that its third gives it.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pedigree.usefulness.agreement_sweep import SWEPT, score_part
from pedigree.usefulness.pool import Sample
from pedigree.usefulness.training_dynamics import KINDS, find_cuts, follow_training, sort_rows
from pedigree.usefulness.trials import Trial

MIN_TESTS = 30  # held-out rows; of fewer, thirds say nothing


def sort_held_out(held_out: Sample, label_count: int, seed: int) -> np.ndarray | None:
    """Return "easy", "ambiguous" or "hard" for each held-out row; None for fewer than 30 rows or two labels."""
    if len(held_out) < MIN_TESTS or len(np.unique(held_out.label_ids)) < 2:
        return None
    dynamics = follow_training(held_out.texts, held_out.label_ids, label_count, seed, held_out.table)
    return sort_rows(dynamics, find_cuts(dynamics))


def split_by_difficulty(kinds: np.ndarray, trials: Mapping[str, Trial], seed: int) -> dict[str, Any]:
    """Return accuracy and macro-F1, with its 95 % interval, on the rows of each kind, by mix."""
    found = {}
    for kind in KINDS:
        own = kinds == kind
        if own.any():
            figures = {name: score_part(trials[name], own, seed) for name in SWEPT if name in trials}
            found[kind] = {"rows": int(own.sum()), **figures}
    return found
