"""Trains on parts of the synthetic rows, by profile, and tests on the same held-out rows (Hansen et al. 2023).

Profiles are easy, ambiguous and hard by training dynamics, and doubted by confident learning. A part has fewer rows, so
as many rows at random stand beside it: only what is better than these is better because of what was left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from pedigree.job import Job
from pedigree.job_outputs import JobOutputs
from pedigree.labels.confident_joint import NONE, find_shown
from pedigree.labels.cross_fitting import read_labels
from pedigree.metrics.tables.columns import list_table_columns
from pedigree.usefulness import scores
from pedigree.usefulness.dataset_trial import sample_job
from pedigree.usefulness.difficulty import map_difficulty
from pedigree.usefulness.pool import Sample
from pedigree.usefulness.summary import interpret_interval
from pedigree.usefulness.tables.student import make_student
from pedigree.usefulness.training_dynamics import AMBIGUOUS, EASY, HARD, KINDS
from pedigree.usefulness.training_set import TrainingSet
from pedigree.usefulness.trials import Trial
from pedigree.usefulness.tstr import MAX_TRAINING_ROWS, make_pool, resample_trials

ALL = "all synthetic rows"
MIN_ROWS, MAX_DRAWS = 10, 5  # rows of a part; draws of as many rows at random


@dataclass(frozen=True)
class ProfileScore:
    """Macro-F1 on the held-out rows of a classifier of a part of the synthetic rows, with its 95 % interval.

    ``labels``: how many labels the part has. ``random``: the mean of classifiers of as many rows at random. ``gain``:
    macro-F1 less that of all rows, with its paired interval; both None of all rows.
    """

    title: str
    rows: int
    labels: int
    macro_f1: float | None
    interval: tuple[float, float] | None
    random: float | None = None
    gain: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Profiles:
    """The scores of the parts; ``by_people``: whether people's rows gave the limits of easy and hard."""

    scores: tuple[ProfileScore, ...]
    test_rows: int
    by_people: bool

    @property
    def head(self) -> list[str]:
        """Return the titles of the columns of ``list_lines``."""
        return [
            "trained on",
            "rows",
            "labels",
            "macro-F1",
            "95 % interval",
            "as many at random",
            "less all rows",
            "reading",
        ]

    def list_lines(self) -> list[list[str]]:
        """Return a line for each part."""
        return [
            [
                one.title,
                f"{one.rows:,}",
                f"{one.labels:,}",
                "–" if one.macro_f1 is None else f"{one.macro_f1:.4f}",
                "–" if one.interval is None else f"{one.interval[0]:.4f} to {one.interval[1]:.4f}",
                "–" if one.random is None else f"{one.random:.4f}",
                "–" if one.gain is None else f"{one.gain[0]:+.4f} ({one.gain[1]:+.4f} to {one.gain[2]:+.4f})",
                "–" if one.gain is None else interpret_interval(*one.gain[1:]),
            ]
            for one in self.scores
        ]

    def list_sentences(self) -> list[str]:
        """Return sentences without a full stop: what the profiles rest on."""
        limits = "people's rows" if self.by_people else "the rows themselves, as people's rows are few"
        return [
            f"Easy, ambiguous and hard by limits of {limits}; a part may lack labels, whose F1 is then 0; of several "
            "parts, the best one is often so by chance"
        ]


@threadpool_limits.wrap(limits=1)
def measure_profiles(job: Job, contents: JobOutputs) -> Profiles | None:
    """Return what classifiers learn from parts of the synthetic rows; None where the rows have one label."""
    recipe, labels = job.recipe, list(job.recipe.labels)
    seeds, columns = (job.seeds if recipe.seeds else ()), list_table_columns(recipe)
    found = map_difficulty(contents.rows, seeds, list(recipe.fields), labels, recipe.seed, columns)
    synthetic, real, held_out = sample_job(job, contents.tables["train"])
    if found is None or len(np.unique(synthetic.label_ids)) < 2:
        return None
    kinds = dict(zip(contents.rows["row_id"], found.kinds, strict=True))
    made = contents.tables["train"].filter(contents.tables["train"]["completion_id"].is_not_null())
    own = np.array([kinds[row] for row in made["row_id"]])
    parts = split_rows(own, find_doubted(synthetic, real, recipe.seed))
    return try_profiles(parts, synthetic, real, held_out, len(labels), recipe.seed, by_people=found.by_people)


def split_rows(kinds: np.ndarray, doubted: np.ndarray | None) -> dict[str, np.ndarray]:
    """Return masks of the parts, by title; ``doubted`` is None where nobody can tell."""
    parts = {
        "without hard ones": kinds != HARD,
        "without easy ones": kinds != EASY,
        "without ambiguous ones": kinds != AMBIGUOUS,
        **{f"{kind} ones alone": kinds == kind for kind in KINDS},
    }
    return parts if doubted is None else {**parts, "without doubted labels": ~doubted}


def find_doubted(synthetic: Sample, real: Sample, seed: int) -> np.ndarray | None:
    """Return which rows show another label than their own to a classifier of real rows (confident learning).

    None where the real rows have fewer than two labels, or one row of a label.
    """
    _, counts = np.unique(real.label_ids, return_counts=True)
    if len(counts) < 2 or counts.min() < 2:
        return None
    tables = None if real.table is None or synthetic.table is None else (real.table, synthetic.table)
    names = [f"{number:05d}" for number in real.label_ids]
    readings = read_labels(real.texts, names, synthetic.texts, seed, tables=tables)
    numbers = [int(name) for name in readings.labels]
    known = np.flatnonzero(np.isin(synthetic.label_ids, numbers))
    asked = np.array([numbers.index(int(one)) for one in synthetic.label_ids[known]], dtype=int)
    doubted = np.zeros(len(synthetic), dtype=bool)
    if len(known):
        shown = find_shown(readings.texts[known], asked)
        doubted[known] = (shown != asked) & (shown != NONE)
    return doubted


def try_profiles(
    parts: Mapping[str, np.ndarray], synthetic: Sample, real: Sample, held_out: Sample, label_count: int, seed: int,
    *, by_people: bool,
) -> Profiles:  # fmt: skip
    """Return the scores of all synthetic rows and of each part (title -> mask) of at least 10 rows and two labels.

    At most 20,000 synthetic rows are learned; a part is then that of these.
    """
    learned = np.arange(len(synthetic))
    if len(learned) > MAX_TRAINING_ROWS:
        learned = np.sort(np.random.default_rng(seed).choice(learned, MAX_TRAINING_ROWS, replace=False))
    pool = make_pool(synthetic.take(learned), real, held_out, label_count, seed)
    classify = make_student(pool)

    def learn(places: np.ndarray) -> Trial | None:
        training_set = TrainingSet(places, pool.label_ids[places], pool.weights[places])
        if len(places) < MIN_ROWS or not training_set.has_two_labels:
            return None
        return Trial(pool.label_ids[pool.test_rows], classify(training_set, pool.test_rows, label_count))

    places = {ALL: np.arange(len(learned))}
    places |= {title: np.flatnonzero(mask[learned]) for title, mask in parts.items()}
    trials = {title: trial for title, one in places.items() if (trial := learn(one))}
    f1 = resample_trials(trials, seed)
    found, chance = [], np.random.default_rng(seed)
    for title, one in places.items():
        labels = len(np.unique(pool.label_ids[one]))
        if title not in trials:
            found.append(ProfileScore(title, len(one), labels, None, None))
            continue
        low, high = scores.find_interval(scores.average_f1(f1[title]))
        gain = beside = None
        if title != ALL and ALL in trials:
            drawn = [learn(np.sort(chance.choice(len(learned), len(one), replace=False))) for _ in range(MAX_DRAWS)]
            random = [trial.macro_f1 for trial in drawn if trial]
            beside = float(np.mean(random)) if random else None
            ends = scores.find_interval(scores.average_f1(f1[title]) - scores.average_f1(f1[ALL]))
            gain = (trials[title].macro_f1 - trials[ALL].macro_f1, ends[0], ends[1])
        found.append(ProfileScore(title, len(one), labels, trials[title].macro_f1, (low, high), beside, gain))
    return Profiles(tuple(found), len(held_out), by_people)
