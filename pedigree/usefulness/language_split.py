"""Scores classifiers on the held-out rows of each language apart, where the recipe has several."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pedigree.usefulness.agreement_sweep import SWEPT, score_part
from pedigree.usefulness.trials import Trial


def split_by_language(languages: np.ndarray, trials: Mapping[str, Trial], seed: int) -> dict[str, Any]:
    """Return accuracy and macro-F1, with its 95 % interval, on the rows of each language, by mix.

    ``languages`` are those of the held-out rows, "" where not known; a language without rows is absent.
    """
    found = {}
    for code in dict.fromkeys(filter(None, languages.tolist())):
        own = languages == code
        figures = {name: score_part(trials[name], own, seed) for name in SWEPT if name in trials}
        found[code] = {"rows": int(own.sum()), **figures}
    return found
