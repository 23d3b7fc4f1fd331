"""What held-out rows tell of their annotators' agreement: how subjective a task is, and scores where people agree.

Li et al. 2023 (arXiv 2310.07849): a_i is the share of a row's annotators that gave its most frequent label; accuracy
is taken on the rows with a_i of at least so much. It rose more for classifiers of synthetic rows than of real ones.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pedigree.studies.settings import REAL, Study, Subjectivity
from pedigree.studies.systems import People, Trials
from pedigree.usefulness.agreement_sweep import choose_levels
from pedigree.usefulness.scores import MAX_DRAWN, RESAMPLES, find_interval

SEED = 0


def find_subjectivity(study: Study, people: People) -> dict[str, Subjectivity]:
    """Return how subjective each task is, by the study's file or by the agreement on its held-out rows."""
    found = {}
    for task in study.tasks:
        if isinstance(task.subjectivity, Subjectivity):
            found[task.name] = task.subjectivity
        elif task.subjectivity and (known := _list_known(people, task.name)):
            source = (
                "1 - the mean agreement of annotators on the held-out rows, which also depends on how many labels and "
                "annotators there are"
            )
            found[task.name] = Subjectivity(value=round(1 - sum(known) / len(known), 6), source=source)
    return found


def _list_known(people: People, task: str) -> list[float]:
    every = [found.get("agreement") or [] for (name, _), found in people.items() if name == task]
    return [share for share in every[0] if share is not None] if every else []


def sweep_tasks(groups: Mapping[tuple[str, str], Trials], people: People) -> list[dict[str, Any]]:
    """Return for each task whose held-out rows tell an agreement the accuracy of each system where people agree.

    ``levels``: at least so much agreement, rows, accuracy by system (mean over seeds). ``rises``: accuracy at the
    highest level minus that on all rows, by system, and how much more that is than for real rows, each with a 95 %
    interval over resampled rows, the same for all systems. A task with one level alone is left out.
    """
    found = []
    for task in dict.fromkeys(name for name, _ in groups):
        own = next(one for (name, _), one in people.items() if name == task)
        agreement = np.array([np.nan if one is None else one for one in own.get("agreement") or []], dtype=float)
        if not np.isnan(agreement).all() and len(levels := choose_levels(agreement)) > 1:
            known, true = ~np.isnan(agreement), np.array(own["true"])
            right = {
                system: _mean_right(trials, true)[known] for (name, system), trials in groups.items() if name == task
            }
            found.append({"task": task, **_sweep(agreement[known], levels, right)})
    return found


def _mean_right(trials: Trials, true: np.ndarray) -> np.ndarray:
    """Return for each row the share of seeds whose prediction is right."""
    return np.mean([np.array(trial["predicted"]) == true for _, trial in trials], axis=0)


def _sweep(agreement: np.ndarray, levels: Sequence[float], right: Mapping[str, np.ndarray]) -> dict[str, Any]:
    top = agreement >= levels[-1]
    drawn = {name: _resample_rise(one, top) for name, one in right.items()}
    rises = []
    for name, one in right.items():
        line = {"system": name, "rise": float(one[top].mean() - one.mean()), "interval": find_interval(drawn[name])}
        if name != REAL and REAL in right:
            line["more"] = line["rise"] - float(right[REAL][top].mean() - right[REAL].mean())
            line["more_interval"] = find_interval(drawn[name] - drawn[REAL])
        rises.append(line)
    return {
        "levels": [
            {
                "agreement": level,
                "rows": int((agreement >= level).sum()),
                "accuracy": {name: float(one[agreement >= level].mean()) for name, one in right.items()},
            }
            for level in levels
        ],
        "rises": rises,
    }


def _resample_rise(right: np.ndarray, top: np.ndarray) -> np.ndarray:
    """Return the rise over 1,000 resamples of rows, the same rows for each system; NaN without a row of the top."""
    return np.concatenate([*_draw_rises(right, top)])


def _draw_rises(right: np.ndarray, top: np.ndarray) -> Iterator[np.ndarray]:
    rng, at_once = np.random.default_rng(SEED), max(1, MAX_DRAWN // len(right))
    for start in range(0, RESAMPLES, at_once):
        drawn = rng.integers(len(right), size=(min(at_once, RESAMPLES - start), len(right)))
        within = top[drawn]
        counts = within.sum(axis=1)
        highest = (right[drawn] * within).sum(axis=1) / np.where(counts, counts, np.nan)
        yield highest - right[drawn].mean(axis=1)
