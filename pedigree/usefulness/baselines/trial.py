"""Trains the report's classifier on rows of baselines and tests it on the same held-out rows as the dataset's."""

from collections.abc import Mapping, Sequence

import numpy as np

from pedigree.ids import seeded
from pedigree.usefulness import scores
from pedigree.usefulness.baselines.comparison import Baselines, BaselineScore
from pedigree.usefulness.baselines.copula import sample_copula
from pedigree.usefulness.baselines.names import COPULA, EDA, SMOTE, TITLES
from pedigree.usefulness.baselines.smote import sample_smote
from pedigree.usefulness.baselines.word_edits import sample_edits
from pedigree.usefulness.pool import Sample
from pedigree.usefulness.summary import widen_at_border
from pedigree.usefulness.tables.student import make_student
from pedigree.usefulness.trials import Trial, plan_mixes
from pedigree.usefulness.tstr import make_pool, resample_trials, run_trials

DATASET = "this dataset"
MIXES = ("synthetic", "both")
DRAWS = 5  # of each baseline


def make_baseline(name: str, people: Sample, wanted: Mapping[int, int], seed: int) -> Sample | None:
    """Return rows of a baseline that needs people's rows alone; None where these have fewer than two labels."""
    if len(np.unique(people.label_ids)) < 2:
        return None
    if name == EDA:
        texts, ids = sample_edits(people.texts, people.label_ids.tolist(), wanted, seed)
        return Sample(texts, np.array(ids, dtype=int))
    table = people.table
    if table is None:
        raise ValueError(f"{name} is for tables")
    if name == SMOTE:
        made, label_ids = sample_smote(table, people.label_ids, wanted, seed)
        return Sample([""] * len(made), label_ids, None, made)
    if name != COPULA:
        raise ValueError(f"{name} is no baseline of people's rows")
    parts = {
        label: sample_copula(table.take(people.label_ids == label), rows, seed + label)
        for label, rows in wanted.items()
        if rows and (people.label_ids == label).sum() > 1
    }
    if not parts:
        return None
    first, *others = parts.values()
    ids = np.repeat(list(parts), [len(part) for part in parts.values()])
    return Sample([""] * len(ids), ids, None, first.stack(*others))


def list_seeds(seed: int) -> list[int]:
    """Return the seeds of a baseline's draws; the first is the recipe's."""
    return [seed, *(seeded(seed, "baseline", draw).getrandbits(31) for draw in range(1, DRAWS))]


def try_baselines(
    made: Mapping[str, Sequence[Sample | None]], synthetic: Sample, real: Sample, held_out: Sample, label_count: int,
    seed: int, *, cost_usd: float | None, calls: int, evidence: bool,
) -> Baselines:  # fmt: skip
    """Return the scores of the dataset's rows and of those of each baseline (name -> draws), on equal held-out rows."""
    own = _run(synthetic, real, held_out, label_count, seed)
    found = [_score(DATASET, DATASET, len(synthetic), [own], held_out, seed, None)]
    for name, draws in made.items():
        known = [one for one in draws if one is not None]
        trials = [_run(one, real, held_out, label_count, seed) for one in known]
        rows = round(sum(map(len, known)) / len(known)) if known else 0
        found.append(_score(name, TITLES[name], rows, trials, held_out, seed, own.get("synthetic")))
    return Baselines(tuple(found), len(real), len(held_out), cost_usd, calls, evidence)


def count_wanted(sample: Sample) -> dict[int, int]:
    """Return the rows of each label id, in the order of the ids."""
    return {int(label): int(rows) for label, rows in zip(*np.unique(sample.label_ids, return_counts=True), strict=True)}


def _run(rows: Sample, real: Sample, held_out: Sample, label_count: int, seed: int) -> dict[str, Trial]:
    pool = make_pool(rows, real, held_out, label_count, seed)
    planned = plan_mixes(len(pool.synthetic), len(pool.real))
    return run_trials(make_student(pool), pool, {name: planned[name] for name in MIXES if name in planned})


def _score(
    name: str, title: str, rows: int, draws: Sequence[Mapping[str, Trial]], held_out: Sample, seed: int,
    dataset: Trial | None,
) -> BaselineScore:  # fmt: skip
    figures, behind, ends = [], None, None
    for mix in MIXES:
        trials = [one[mix] for one in draws if mix in one]
        mean = float(np.mean([one.macro_f1 for one in trials])) if trials else None
        resampled = _resample_mean(trials, seed) if trials else None
        interval = None if resampled is None else scores.find_interval(resampled)
        figures += [mean, widen_at_border(mean, interval, len(held_out)) if interval and mean is not None else None]
        if mix == "synthetic" and dataset is not None and mean is not None and resampled is not None:
            low, high = scores.find_interval(_resample_mean([dataset], seed) - resampled)
            behind = (dataset.macro_f1 - mean, low, high)
            ends = (min(one.macro_f1 for one in trials), max(one.macro_f1 for one in trials))
    return BaselineScore(name, title, rows, *figures, behind, len(draws), ends)


def _resample_mean(trials: Sequence[Trial], seed: int) -> np.ndarray:
    """Return the mean macro-F1 of draws over 1,000 resamples of the held-out rows, and of the draws where many are.

    The held-out rows of a resample are the same for any trials. Resampled draws vary by (n - 1) / n of the variance of
    n draws, which is made good.
    """
    f1 = resample_trials({str(place): one for place, one in enumerate(trials)}, seed)
    each = np.stack([scores.average_f1(one) for one in f1.values()])
    mean, count = each.mean(axis=0), len(trials)
    if count == 1:
        return mean
    drawn = np.random.default_rng([seed % 2**32, count]).integers(count, size=(count, each.shape[1]))
    return mean + (count / (count - 1)) ** 0.5 * (np.take_along_axis(each, drawn, axis=0).mean(axis=0) - mean)
