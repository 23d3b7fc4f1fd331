"""Holds rows of a set back, asks what more rows will bring, and tries it: the advice of today and the rule before it.

The rule before extrapolated the last doubling: n more rows of m were worth log2(1 + n / m) times what the last doubling
had brought, with the interval of that over resampled test rows.
"""

from dataclasses import dataclass
from math import log2

import numpy as np

from benchmarks.advice_sets import GrowingSet
from pedigree.usefulness.learning_curve import GROWTH_PARTS, GROWTH_REPEATS
from pedigree.usefulness.pool import REAL, SYNTHETIC, Pool, Sample, TrainingMix
from pedigree.usefulness.power_law import WIDENING, predict_gain
from pedigree.usefulness.scores import average_f1, find_interval
from pedigree.usefulness.tfidf_classifier import TfidfClassifier
from pedigree.usefulness.training_set import Classifier, TrainingSet
from pedigree.usefulness.trials import Trial, run_trial
from pedigree.usefulness.tstr import resample_trials

PARTS, DRAWS, LEAST = (2, 4, 8), 4, 40  # the part of a set that is shown; sets drawn of it; fewest rows of one
TIMES = (2, 4)  # how many times as many rows are tried then
Interval = tuple[float, float, float]  # expected, low, high


@dataclass(frozen=True)
class Doubling:
    """What ``times`` as many rows brought, and what was expected: by the curve, without widening, by the rule."""

    name: str
    side: str
    rows: int
    times: int
    gain: float
    curve: Interval
    bare: Interval
    rule: Interval


def try_set(one: GrowingSet) -> list[Doubling]:
    """Return what came of each time that rows of a set were held back."""
    sides = {one.side: one.growing, _other(one.side): one.fixed}
    whole = Pool(sides[SYNTHETIC], sides[REAL], one.tests, len(one.labels), 0)
    classifier, found = TfidfClassifier(whole.texts), []
    for rows in (len(one.growing) // part for part in PARTS):
        for draw in range(DRAWS if rows >= LEAST else 0):
            found += _try_draw(one, whole, classifier, rows, draw)
    return found


def _try_draw(one: GrowingSet, whole: Pool, classifier: Classifier, rows: int, draw: int) -> list[Doubling]:
    """Show so many rows of a set, drawn at random, and try more."""
    shown = whole.draw(_mix(one, rows, 0), draw).rows
    pool, student = _narrow(one, whole, classifier, shown, draw + 1)
    now = run_trial(student, pool, _mix(one, rows))
    draws = {
        part: [
            trial
            for place in range(GROWTH_REPEATS)
            if (trial := run_trial(student, pool, _mix(one, round(part * rows)), 1 + place + int(100 * part),
                                   approximate=True))
        ]
        for part in GROWTH_PARTS
    }  # fmt: skip
    if now is None or len(draws[0.5]) < 2:
        return []
    line = [(round(part * rows), trial.macro_f1) for part, trials in draws.items() for trial in trials]
    last = _measure_last_doubling(now, draws[0.5][:2])
    found = []
    for times in TIMES:
        later = run_trial(classifier, whole, _mix(one, times * rows), draw, approximate=True)
        curve, bare = (
            predict_gain(
                *zip(*line, strict=True), rows, now.macro_f1,
                beside=len(one.fixed), have=rows, more=(times - 1) * rows, widening=widening,
            ) for widening in (WIDENING, 0)
        )  # fmt: skip
        if later and curve and bare and times * rows <= len(one.growing):
            expected = ((curve.gain, *curve.interval), (bare.gain, *bare.interval))
            rule = tuple(log2(times) * value for value in last)
            found.append(Doubling(one.name, one.side, rows, times, later.macro_f1 - now.macro_f1, *expected, rule))
    return found


def _narrow(
    one: GrowingSet, whole: Pool, classifier: Classifier, shown: np.ndarray, seed: int
) -> tuple[Pool, Classifier]:
    """Return the pool that has only the rows that are shown of the growing side, and a classifier of its rows."""
    sample = Sample([whole.texts[row] for row in shown], whole.label_ids[shown])
    sides = {SYNTHETIC: whole.synthetic, REAL: whole.real, one.side: sample}
    rows = {**whole.sides, one.side: shown}
    places = np.concatenate([rows[SYNTHETIC], rows[REAL], whole.test_rows])

    def classify(
        training_set: TrainingSet, query_rows: np.ndarray, label_count: int, *, approximate: bool = False
    ) -> np.ndarray:
        moved = TrainingSet(places[training_set.rows], training_set.label_ids, training_set.weights)
        return classifier(moved, places[query_rows], label_count, approximate=approximate)

    return Pool(sides[SYNTHETIC], sides[REAL], whole.held_out, whole.label_count, seed), classify


def _measure_last_doubling(now: Trial, halves: list[Trial]) -> Interval:
    """Return by how much all rows are better than half of them, as the rule before measured it."""
    f1 = resample_trials({"now": now, "one": halves[0], "other": halves[1]}, 0)
    each = [average_f1(f1[name]) for name in ("one", "other")]
    half = np.choose(np.arange(len(each[0])) % 2, each)
    low, high = find_interval(average_f1(f1["now"]) - half)
    return now.macro_f1 - float(np.mean([trial.macro_f1 for trial in halves])), low, high


def _mix(one: GrowingSet, rows: int, fixed: int | None = None) -> TrainingMix:
    beside = len(one.fixed) if fixed is None else fixed
    return TrainingMix(rows, beside) if one.side == SYNTHETIC else TrainingMix(beside, rows)


def _other(side: str) -> str:
    return REAL if side == SYNTHETIC else SYNTHETIC
