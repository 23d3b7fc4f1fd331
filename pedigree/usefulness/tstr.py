"""Usefulness: students of synthetic rows, of real rows and of both, tested on rows that people wrote (TSTR, Esteban et al. 2017).

A student is anything that ``pedigree.usefulness.training_set.Student`` describes; what makes one of a pool's texts is a value.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pedigree.usefulness import scores
from pedigree.usefulness.bias_calibration import apply_biases, fit_biases
from pedigree.usefulness.learning_curve import LearningCurve, measure_learning_curve
from pedigree.usefulness.pool import REAL, SYNTHETIC, Pool, Sample, TrainingMix
from pedigree.usefulness.stopping_advice import ExpectedGain, advise, extrapolate_gain
from pedigree.usefulness.tfidf_classifier import TfidfClassifier
from pedigree.usefulness.training_set import Student
from pedigree.usefulness.trials import MIXES, Trial, plan_mixes, repeat_trial, run_trial

MAX_TRAINING_ROWS = 20_000  # of each side
DIFFERENCES = {
    "both_minus_real": ("both", "real"),
    "both_real_upweighted_minus_real": ("both_real_upweighted", "real"),
    "synthetic_minus_real": ("synthetic", "real"),
    "same_size_synthetic_minus_real": ("synthetic_same_size", "real_same_size"),
    "recalibrated_minus_synthetic": ("synthetic_recalibrated", "synthetic"),
}
ClassifierFactory = Callable[[Sequence[str]], Student]


@dataclass(frozen=True)
class Recalibration:
    """A trial whose decisions were moved by ``biases`` (by label), which were chosen on so many real ``rows``."""

    trial: Trial
    biases: np.ndarray
    rows: int


def measure_usefulness(
    synthetic: Sample,
    real: Sample,
    held_out: Sample,
    labels: list[str],
    *,
    repeats: int,
    seed: int,
    evidence: bool = True,
    make_classifier: ClassifierFactory = TfidfClassifier,
) -> dict[str, Any]:
    """Return how well students of each mix (``plan_mixes``) label the held-out rows; a function of its arguments.

    By mix, null where its rows have fewer than two labels: its rows; macro-F1 with its 95 % interval (resampled test
    rows), over ``repeats`` (training rows drawn anew with replacement), their mean and standard deviation; accuracy;
    one-vs-rest AUC; expected calibration error; F1 by label; the confusion (lines: true). Teachers without real rows have
    ``recalibrated``, too: their decisions moved by biases that are chosen on at most 200 real rows. Students of real rows
    have none: they are surer of rows that they learned than of new ones.
    ``differences`` are paired, over the same resampled test rows; so are ``gains`` by label, of both over real rows alone.
    ``curve`` and ``advice``: see ``measure_learning_curve`` and ``advise``. ``make_classifier`` is given the texts of synthetic, real and
    held-out rows, in this order, and numbers them so.
    """
    pool = make_pool(synthetic, real, held_out, len(labels), seed)
    student = make_classifier(pool.texts)
    mixes = plan_mixes(len(pool.synthetic), len(pool.real))
    trials = run_trials(student, pool, mixes)
    recalibrations = recalibrate_trials(pool, trials)
    curve = measure_learning_curve(student, pool, {mixes[name]: trial for name, trial in trials.items()})
    every = {**trials, **{f"{name}_recalibrated": one.trial for name, one in recalibrations.items()}}
    f1 = resample_trials({**every, **_name_halves(curve)}, seed)
    repeated = {mix: repeat_trial(student, pool, mix, repeats) for mix in dict.fromkeys(mixes[name] for name in trials)}
    described = {
        name: _describe(mixes[name], trial, f1[name], repeated[mixes[name]], labels)
        | {"recalibrated": _describe_recalibration(recalibrations.get(name), f1.get(f"{name}_recalibrated"), labels)}
        for name, trial in trials.items()
    }
    return {
        "test_rows": len(held_out),
        **{name: described.get(name) for name in MIXES},
        "differences": {name: _subtract(every, f1, *pair) for name, pair in DIFFERENCES.items()},
        "gains": _list_gains(trials, f1, labels),
        "curve": curve.points,
        "advice": advise(_look_ahead(curve, f1, {SYNTHETIC: len(synthetic), REAL: len(real)}), evidence=evidence),
    }


def make_pool(synthetic: Sample, real: Sample, held_out: Sample, labels: int, seed: int) -> Pool:
    """Return the pool of these samples, of synthetic and of real rows at most 20,000 each."""
    return Pool(_shorten(synthetic, seed), _shorten(real, seed), held_out, labels, seed)


def run_trials(student: Student, pool: Pool, mixes: Mapping[str, TrainingMix]) -> dict[str, Trial]:
    """Return the trial of each mix whose rows have two labels or more."""
    tried = {mix: run_trial(student, pool, mix) for mix in dict.fromkeys(mixes.values())}
    return {name: trial for name, mix in mixes.items() if (trial := tried[mix])}


def recalibrate_trials(pool: Pool, trials: Mapping[str, Trial]) -> dict[str, Recalibration]:
    """Return the recalibration, on the pool's few real rows, of each trial of a mix without real rows.

    Empty where these rows have fewer than two labels.
    """
    few, found = pool.calibration_rows, {}
    for name, trial in trials.items() if few.has_two_labels else ():
        if trial.on_real is not None:
            biases = fit_biases(trial.on_real, few.label_ids)
            moved = Trial(trial.true, apply_biases(trial.probabilities, biases))
            found[name] = Recalibration(moved, biases, len(few.rows))
    return found


def resample_trials(trials: Mapping[str, Trial], seed: int) -> dict[str, np.ndarray]:
    """Return F1 of each trial over the same 1,000 resamples of the test rows (shape resamples x labels)."""
    if not trials:
        return {}
    first = next(iter(trials.values()))
    f1 = scores.resample_f1(
        first.true, [trial.predicted for trial in trials.values()], first.probabilities.shape[1], seed
    )
    return {name: f1[:, place] for place, name in enumerate(trials)}


def compare_trials(one: Trial, other: Trial, seed: int) -> dict[str, Any]:
    """Return by how much macro-F1 of one trial is above another's on the same test rows, with a paired 95 % interval."""
    trials = {"one": one, "other": other}
    return _subtract(trials, resample_trials(trials, seed), *trials)


def _shorten(sample: Sample, seed: int) -> Sample:
    if len(sample) <= MAX_TRAINING_ROWS:
        return sample
    rows = np.sort(np.random.default_rng(seed).choice(len(sample), MAX_TRAINING_ROWS, replace=False))
    return Sample([sample.texts[row] for row in rows], sample.label_ids[rows])


def _describe(
    mix: TrainingMix, trial: Trial, f1: np.ndarray, repeated: list[float], labels: list[str]
) -> dict[str, Any]:
    return {
        "train_rows": len(mix),
        "synthetic_rows": mix.synthetic,
        "real_rows": mix.real,
        "real_weight": mix.real_weight,
        **trial.score(),
        "macro_f1_interval": scores.find_interval(scores.average_f1(f1)),
        "macro_f1_repeats": repeated,
        "macro_f1_mean": float(np.mean(repeated)) if repeated else None,
        "macro_f1_std": float(np.std(repeated)) if repeated else None,
        "f1": _name_labels(trial.f1, labels),
        "confusion": trial.confusion.tolist(),
    }


def _describe_recalibration(
    one: Recalibration | None, f1: np.ndarray | None, labels: list[str]
) -> dict[str, Any] | None:
    if one is None or f1 is None:
        return None
    return {
        "real_rows": one.rows,
        "biases": _name_labels(one.biases, labels),
        **one.trial.score(),
        "macro_f1_interval": scores.find_interval(scores.average_f1(f1)),
    }


def _name_labels(values: np.ndarray, labels: list[str]) -> dict[str, float | None]:
    return {label: None if np.isnan(value) else float(value) for label, value in zip(labels, values, strict=True)}


def _subtract(trials: Mapping[str, Trial], f1: Mapping[str, np.ndarray], one: str, other: str) -> dict[str, Any] | None:
    if one not in trials or other not in trials:
        return None
    drawn = scores.average_f1(f1[one]) - scores.average_f1(f1[other])
    return {
        "macro_f1": trials[one].macro_f1 - trials[other].macro_f1,
        "macro_f1_interval": scores.find_interval(drawn),
    }


def _list_gains(
    trials: Mapping[str, Trial], f1: Mapping[str, np.ndarray], labels: list[str]
) -> dict[str, dict[str, Any]] | None:
    """Return by label F1 of both minus F1 of real rows; null for a label without test rows."""
    if "both" not in trials or "real" not in trials:
        return None
    gains, drawn = trials["both"].f1 - trials["real"].f1, f1["both"] - f1["real"]
    tests = trials["real"].confusion.sum(axis=1)
    return {
        label: {
            "test_rows": int(tests[place]),
            "f1": float(gains[place]) if tests[place] else None,
            "f1_interval": scores.find_interval(drawn[:, place]) if tests[place] else None,
        }
        for place, label in enumerate(labels)
    }


def _name_halves(curve: LearningCurve) -> dict[str, Trial]:
    halves = {f"half_{side}_{draw}": half for side, trials in curve.halves.items() for draw, half in enumerate(trials)}
    return {"whole": curve.whole, **halves} if curve.whole else {}


def _look_ahead(
    curve: LearningCurve, f1: Mapping[str, np.ndarray], rows: Mapping[str, int]
) -> dict[str, ExpectedGain | None]:
    """Return each side's outlook; a resample takes its test rows and one of the draws of half the rows."""
    found: dict[str, ExpectedGain | None] = {}
    for side, halves in curve.halves.items():
        found[side] = None
        if curve.whole and halves:
            each = [scores.average_f1(f1[f"half_{side}_{draw}"]) for draw in range(len(halves))]
            half = np.choose(np.arange(len(each[0])) % len(each), each)
            gain = curve.whole.macro_f1 - float(np.mean([trial.macro_f1 for trial in halves]))
            low, high = scores.find_interval(scores.average_f1(f1["whole"]) - half)
            found[side] = extrapolate_gain(rows[side], gain, (low, high))
    return found
