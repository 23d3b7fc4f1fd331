"""The set-ups to train a classifier on a dataset: which rows, whether recalibrated, or two classifiers averaged."""

from collections.abc import Callable, Collection

import numpy as np

RECALIBRATED = "_recalibrated"
PAIR = "averaged_pair"  # a classifier of real rows and a recalibrated one of synthetic rows
DEFAULT = "both_real_upweighted"
MIXES = (DEFAULT, "both", "synthetic", "real")
FLOOR = 1e-6  # smallest probability in an average: a label that one classifier never saw is not ruled out


def predict_setups(
    mixes: Collection[str], plain: Callable[[str], np.ndarray], recalibrated: Callable[[str], np.ndarray]
) -> dict[str, np.ndarray]:
    """Return the probabilities (rows x labels) by set-up, the simplest first and the default before all.

    ``plain`` and ``recalibrated`` return those of a mix. Set-ups of mixes that are not there are left out.
    """
    found = {mix: plain(mix) for mix in MIXES if mix in mixes}
    found |= {f"{mix}{RECALIBRATED}": recalibrated(mix) for mix in [*found]}
    if {"real", "synthetic"} <= {*mixes}:
        found[PAIR] = average_pair(found["real"], found[f"synthetic{RECALIBRATED}"])
    return found


def average_pair(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the softmax of the mean log-probabilities of two classifiers (rows x labels)."""
    means = np.sqrt(np.maximum(one, FLOOR) * np.maximum(other, FLOOR))
    return means / means.sum(axis=1, keepdims=True)


def find_recalibrated_mix(setup: str) -> str | None:
    """Return the mix whose classifier a set-up recalibrates; None if it recalibrates none."""
    if setup == PAIR:
        return "synthetic"
    return setup.removesuffix(RECALIBRATED) if setup.endswith(RECALIBRATED) else None
