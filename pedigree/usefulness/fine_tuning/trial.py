"""Tests a fine-tuned encoder on a dataset's held-out rows: trained on synthetic rows, on real rows, and on both."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pedigree.usefulness.fine_tuning.classifier import FineTunedClassifier, Trainable
from pedigree.usefulness.pool import Sample, TrainingMix
from pedigree.usefulness.scores import average_f1, find_interval
from pedigree.usefulness.summary import DIFFERENCES, MIX_TITLES, interpret_interval
from pedigree.usefulness.trials import Trial, plan_mixes
from pedigree.usefulness.tstr import compare_trials, make_pool, resample_trials, run_trials

log = logging.getLogger("pedigree")

MIXES = ("synthetic", "real", "both")
COMPARED = {"both_minus_real": ("both", "real"), "synthetic_minus_real": ("synthetic", "real")}


@dataclass(frozen=True)
class FineTunedScore:
    """Scores on the held-out rows of the encoder trained on one mix; ``interval`` is the 95 % interval of macro-F1.

    ``tfidf_macro_f1`` is that of the TF-IDF classifier on the same rows.
    """

    trained_on: str
    synthetic: int
    real: int
    accuracy: float
    macro_f1: float
    interval: tuple[float, float]
    tfidf_macro_f1: float | None


@dataclass(frozen=True)
class FineTuning:
    """A fine-tuned encoder's scores, and what decides them: its files, the libraries, the settings of the training.

    ``compared``: title, difference of macro-F1, its 95 % interval (paired on the held-out rows), interpretation.
    """

    encoder: str
    identity: dict[str, Any]
    test_rows: int
    scores: tuple[FineTunedScore, ...]
    compared: tuple[tuple[str, float, tuple[float, float], str], ...]

    @property
    def head(self) -> list[str]:
        """Return the titles of the columns of ``list_lines``."""
        return [f"{self.encoder}, fine-tuned on", "synthetic", "real", "macro-F1", "95 % interval", "TF-IDF"]

    def list_lines(self) -> list[list[str]]:
        """Return a line for each mix, for people, with the macro-F1 of TF-IDF on the same rows."""
        return [
            [
                one.trained_on,
                f"{one.synthetic:,}",
                f"{one.real:,}",
                f"{one.macro_f1:.4f}",
                f"{one.interval[0]:.4f} to {one.interval[1]:.4f}",
                "–" if one.tfidf_macro_f1 is None else f"{one.tfidf_macro_f1:.4f}",
            ]
            for one in self.scores
        ]

    def list_sentences(self) -> list[str]:
        """Return sentences without a full stop: each difference with its interval, and how the encoder was trained."""
        how = self.identity
        compared = [
            f"Fine-tuned, {title}: macro-F1 {difference:+.3f} ({low:+.3f} to {high:+.3f}), {reading}"
            for title, difference, (low, high), reading in self.compared
        ]
        return [
            *compared,
            f"{self.encoder}, all weights trained: {how['epochs']} epochs of batches of {how['batch']}, at least "
            f"{how['least_steps']} steps and at most {how['most_steps']:,}; AdamW, learning rate "
            f"{how['learning_rate']:g}; texts cut at {how['max_tokens']} tokens; {', '.join(how['libraries'])}",
            "One training of each: how far the scores differ with another seed or machine is unknown",
        ]


def try_fine_tuning(
    encoder: Trainable,
    folder: Path,
    synthetic: Sample,
    real: Sample,
    held_out: Sample,
    label_count: int,
    seed: int,
    tfidf: Mapping[str, Any],
) -> FineTuning:
    """Return the scores of an encoder; at most 20,000 synthetic and 20,000 real rows are learned.

    ``folder`` keeps predictions (``FineTunedClassifier``). ``tfidf`` is the entry ``usefulness`` of metrics.json for
    the same rows. A mix of fewer than two labels is left out.
    """
    pool = make_pool(synthetic, real, held_out, label_count, seed)
    classifier = FineTunedClassifier(encoder, pool.texts, seed, folder)
    planned = plan_mixes(len(pool.synthetic), len(pool.real))
    mixes = {name: planned[name] for name in MIXES if name in planned}
    log.info("%s is fine-tuned %s times, on %s", encoder.name, len(mixes), ", then on ".join(map(_name_mix, mixes)))
    trials = run_trials(classifier, pool, mixes)
    f1 = resample_trials(trials, seed)
    return FineTuning(
        encoder.name,
        encoder.identity,
        len(held_out),
        tuple(_score(name, mixes[name], trial, f1[name], tfidf) for name, trial in trials.items()),
        tuple(
            _compare(DIFFERENCES[name], trials[one], trials[other], seed)
            for name, (one, other) in COMPARED.items()
            if one in trials and other in trials
        ),
    )


def _name_mix(name: str) -> str:
    return MIX_TITLES[name]


def _score(name: str, mix: TrainingMix, trial: Trial, f1: np.ndarray, tfidf: Mapping[str, Any]) -> FineTunedScore:
    scores, interval = trial.score(), find_interval(average_f1(f1))
    return FineTunedScore(
        trained_on=MIX_TITLES[name],
        synthetic=mix.synthetic,
        real=mix.real,
        accuracy=scores["accuracy"],
        macro_f1=scores["macro_f1"],
        interval=(interval[0], interval[1]),
        tfidf_macro_f1=(tfidf.get(name) or {}).get("macro_f1"),
    )


def _compare(title: str, one: Trial, other: Trial, seed: int) -> tuple[str, float, tuple[float, float], str]:
    found = compare_trials(one, other, seed)
    low, high = found["macro_f1_interval"]
    return title, found["macro_f1"], (low, high), interpret_interval(low, high)
