"""Trains classifiers on synthetic rows, real rows and both, and tests them on real rows (TSTR, Esteban et al. 2017)."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pedigree.usefulness import scores
from pedigree.usefulness.agreement_sweep import sweep_agreement
from pedigree.usefulness.difficulty_split import split_by_difficulty
from pedigree.usefulness.language_split import split_by_language
from pedigree.usefulness.learning_curve import measure_learning_curve
from pedigree.usefulness.pool import REAL, SYNTHETIC, Pool, Sample, TrainingMix
from pedigree.usefulness.recommendation import describe_choice
from pedigree.usefulness.setup_trials import Recalibration, TriedSetups, try_setups
from pedigree.usefulness.setups import MIXES as SETUP_MIXES
from pedigree.usefulness.setups import RECALIBRATED, find_recalibrated_mix
from pedigree.usefulness.stopping_advice import advise, expect_gain
from pedigree.usefulness.tables.student import ClassifierFactory, make_student
from pedigree.usefulness.tfidf_classifier import TfidfClassifier
from pedigree.usefulness.training_set import Classifier
from pedigree.usefulness.trials import MIXES, Trial, plan_mixes, repeat_trial, run_trial

MAX_TRAINING_ROWS = 20_000  # of each side
DIFFERENCES = {
    "both_minus_real": ("both", "real"),
    "both_real_upweighted_minus_real": ("both_real_upweighted", "real"),
    "synthetic_minus_real": ("synthetic", "real"),
    "same_size_synthetic_minus_real": ("synthetic_same_size", "real_same_size"),
    "recalibrated_minus_synthetic": ("synthetic_recalibrated", "synthetic"),
}


def measure_usefulness(
    synthetic: Sample,
    real: Sample,
    held_out: Sample,
    labels: list[str],
    *,
    repeats: int,
    seed: int,
    evidence: bool = True,
    agreement: np.ndarray | None = None,
    difficulty: np.ndarray | None = None,
    language: np.ndarray | None = None,
    make_classifier: ClassifierFactory = TfidfClassifier,
) -> dict[str, Any]:
    """Return how well classifiers of each mix (``plan_mixes``) label the held-out rows; deterministic.

    By mix (null for fewer than two labels): its rows; macro-F1 with its 95 % interval (resampled test rows), over
    ``repeats`` resamples of the training rows, and their mean and standard deviation; accuracy; one-vs-rest AUC;
    expected calibration error; F1 by label; the confusion matrix (true x predicted). ``recalibrated`` has biases fitted
    on at most 200 real rows; for mixes with real rows, which classifiers of them know too well, on the cross-fitted
    probabilities of all (null where these are too few). ``differences``, and ``gains`` by label (both over real rows
    alone), are paired over the same resampled test rows. ``curve``: see ``measure_learning_curve``; ``advice``: see
    ``advise``; ``recommended``: how to train on these rows, see ``describe_choice``.
    ``agreement`` of the annotators of each held-out row (NaN: unknown), where given, is swept: ``sweep_agreement``.
    ``difficulty`` or ``language`` of each held-out row, where given, splits the figures: ``split_by_difficulty``.
    ``make_classifier`` receives all texts in the order of the pool: synthetic, real, held-out. Samples with a table are
    read by a classifier of its columns.
    """
    pool = make_pool(synthetic, real, held_out, len(labels), seed)
    classifier = make_student(pool, make_classifier)
    mixes = plan_mixes(len(pool.synthetic), len(pool.real))
    trials = run_trials(classifier, pool, mixes)
    tried = try_setups(classifier, pool, mixes, trials)
    every, recalibrations = tried.every, tried.recalibrations
    curve = measure_learning_curve(classifier, pool, {mixes[name]: trial for name, trial in trials.items()})
    f1 = resample_trials(every, seed)
    distinct = dict.fromkeys(mixes[name] for name in trials)
    repeated = {mix: repeat_trial(classifier, pool, mix, repeats) for mix in distinct}
    described = {
        name: _describe(mixes[name], trial, f1[name], repeated[mixes[name]], labels)
        | {"recalibrated": _describe_recalibration(recalibrations.get(name), f1.get(f"{name}{RECALIBRATED}"), labels)}
        for name, trial in trials.items()
    }
    sides = {SYNTHETIC: len(synthetic), REAL: len(real)}
    return {
        "test_rows": len(held_out),
        **{name: described.get(name) for name in MIXES},
        "differences": {
            name: _subtract(every[one], every[other], f1[one], f1[other]) if one in every and other in every else None
            for name, (one, other) in DIFFERENCES.items()
        },
        "gains": _list_gains(trials, f1, labels),
        "recommended": describe_recommendation(tried, pool, mixes, f1, labels),
        "curve": curve,
        "advice": advise({side: expect_gain(curve, side, have) for side, have in sides.items()}, evidence=evidence),
        **({} if agreement is None else {"agreement": sweep_agreement(agreement, trials, seed)}),
        **({} if difficulty is None else {"difficulty": split_by_difficulty(difficulty, trials, seed)}),
        **({} if language is None else {"languages": split_by_language(language, trials, seed)}),
    }


def measure_repeats(
    synthetic: Sample,
    real: Sample,
    held_out: Sample,
    labels: list[str],
    *,
    repeats: int,
    seed: int,
    make_classifier: ClassifierFactory = TfidfClassifier,
) -> dict[str, dict[str, Any]]:
    """Return by mix the figures over resampled training rows that ``measure_usefulness`` leaves out with no repeats.

    So another process can measure them meanwhile.
    """
    pool = make_pool(synthetic, real, held_out, len(labels), seed)
    classifier, mixes = make_student(pool, make_classifier), plan_mixes(len(pool.synthetic), len(pool.real))
    repeated = {mix: repeat_trial(classifier, pool, mix, repeats) for mix in dict.fromkeys(mixes.values())}
    return {name: _describe_repeats(repeated[mix]) for name, mix in mixes.items()}


def recommend(classifier: Classifier, pool: Pool, labels: list[str]) -> tuple[dict[str, Any] | None, dict[str, Trial]]:
    """Return the entry ``recommended`` of ``measure_usefulness``, and the trials by set-up."""
    every = plan_mixes(len(pool.synthetic), len(pool.real))
    mixes = {name: every[name] for name in SETUP_MIXES if name in every}
    tried = try_setups(classifier, pool, mixes, run_trials(classifier, pool, mixes))
    f1 = resample_trials(tried.every, pool.seed)
    return describe_recommendation(tried, pool, mixes, f1, labels), tried.every


def make_pool(synthetic: Sample, real: Sample, held_out: Sample, label_count: int, seed: int) -> Pool:
    """Return the pool of these samples, with at most 20,000 synthetic and 20,000 real rows."""
    return Pool(_limit(synthetic, seed), _limit(real, seed), held_out, label_count, seed)


def run_trials(classifier: Classifier, pool: Pool, mixes: Mapping[str, TrainingMix]) -> dict[str, Trial]:
    """Return the trial of each mix whose rows have at least two labels."""
    trials = {mix: run_trial(classifier, pool, mix) for mix in dict.fromkeys(mixes.values())}
    return {name: trial for name, mix in mixes.items() if (trial := trials[mix])}


def describe_recommendation(
    tried: TriedSetups, pool: Pool, mixes: Mapping[str, TrainingMix], f1: Mapping[str, np.ndarray], labels: list[str]
) -> dict[str, Any] | None:
    """Return the recommended set-up, its figures on the held-out rows, and those of real rows alone; None without any.

    ``f1`` are those of the trials over resampled held-out rows.
    """
    if not tried.choices:
        return None
    choice = describe_choice(tried.choices, tried.crossed, len(pool.real), pool.seed)
    setup, every, moved = choice["setup"], tried.every, find_recalibrated_mix(choice["setup"])
    mix = mixes.get(setup.removesuffix(RECALIBRATED), TrainingMix(len(pool.synthetic), len(pool.real)))
    return {
        **choice,
        "train_synthetic": mix.synthetic,
        "train_real": mix.real,
        "real_weight": mix.real_weight,
        "biases": _name_labels(tried.recalibrations[moved].biases, labels) if moved else None,
        "test_rows": len(pool.held_out),
        "macro_f1": every[setup].macro_f1,
        "macro_f1_interval": scores.find_interval(scores.average_f1(f1[setup])),
        "real_macro_f1": every["real"].macro_f1 if "real" in every else None,
        "minus_real": _subtract(every[setup], every["real"], f1[setup], f1["real"]) if "real" in every else None,
    }


def resample_trials(trials: Mapping[str, Trial], seed: int) -> dict[str, np.ndarray]:
    """Return F1 of each trial over the same 1,000 resamples of the test rows (shape resamples x labels)."""
    if not trials:
        return {}
    first = next(iter(trials.values()))
    predicted = [trial.predicted for trial in trials.values()]
    f1 = scores.resample_f1(first.true, predicted, first.probabilities.shape[1], seed)
    return {name: f1[:, index] for index, name in enumerate(trials)}


def compare_trials(one: Trial, other: Trial, seed: int) -> dict[str, Any]:
    """Return macro-F1 of one trial minus that of another on the same test rows, with a paired 95 % interval."""
    f1 = resample_trials({"one": one, "other": other}, seed)
    return _subtract(one, other, f1["one"], f1["other"])


def _limit(sample: Sample, seed: int) -> Sample:
    if len(sample) <= MAX_TRAINING_ROWS:
        return sample
    return sample.take(np.sort(np.random.default_rng(seed).choice(len(sample), MAX_TRAINING_ROWS, replace=False)))


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
        **_describe_repeats(repeated),
        "f1": _name_labels(trial.f1, labels),
        "confusion": trial.confusion.tolist(),
    }


def _describe_repeats(repeated: list[float]) -> dict[str, Any]:
    return {
        "macro_f1_repeats": repeated,
        "macro_f1_mean": float(np.mean(repeated)) if repeated else None,
        "macro_f1_std": float(np.std(repeated)) if repeated else None,
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


def _subtract(one: Trial, other: Trial, one_f1: np.ndarray, other_f1: np.ndarray) -> dict[str, Any]:
    resampled = scores.average_f1(one_f1) - scores.average_f1(other_f1)
    return {"macro_f1": one.macro_f1 - other.macro_f1, "macro_f1_interval": scores.find_interval(resampled)}


def _list_gains(
    trials: Mapping[str, Trial], f1: Mapping[str, np.ndarray], labels: list[str]
) -> dict[str, dict[str, Any]] | None:
    """Return by label F1 of both minus F1 of real rows; null for a label without test rows."""
    if "both" not in trials or "real" not in trials:
        return None
    gains, resampled = trials["both"].f1 - trials["real"].f1, f1["both"] - f1["real"]
    tests = trials["real"].confusion.sum(axis=1)
    return {
        label: {
            "test_rows": int(tests[index]),
            "f1": float(gains[index]) if tests[index] else None,
            "f1_interval": scores.find_interval(resampled[:, index]) if tests[index] else None,
        }
        for index, label in enumerate(labels)
    }
