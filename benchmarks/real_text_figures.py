"""What one source's text is worth: its recipe is run, and students of its rows are tested on real rows.

Each mix's student is the report's own (``pedigree/usefulness/tstr.py``); beside the curated rows stand the same model's
rows as they came: every row that could be read in its answers, before any screen.
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from rich.console import Console

from flows import stages
from pedigree.dataset.results import GateResults, read_result
from pedigree.dataset.schemas import read_table
from pedigree.job import Job, open_job
from pedigree.usefulness.pool import Pool, Sample, TrainingMix
from pedigree.usefulness.scores import average_f1, find_interval
from pedigree.usefulness.tfidf_classifier import TfidfClassifier
from pedigree.usefulness.trials import repeat_trial, run_trial
from pedigree.usefulness.tstr import compare_trials, make_pool, resample_trials
from pedigree.workspace import Workspace
from tasks.parse import parse


@dataclass(frozen=True)
class Score:
    """Macro-F1 of a classifier, its 95 % interval, and mean and standard deviation over repeats, if known."""

    f1: float
    low: float
    high: float
    mean: float | None = None
    std: float | None = None


@dataclass(frozen=True)
class Figures:
    """A line of the table: sizes, scores by mix, paired differences (macro-F1, low, high), and rejects.

    ``rejects`` counts by reason; ``labels`` has each label's real rows, rows as they came and as curated; ``gains`` by
    how much F1 of a label is higher with both than with real rows alone; ``below_floor`` says that the gate on the
    fewest rows of a label failed.
    """

    came: int
    kept: int
    real: int
    tests: int
    scores: dict[str, Score]
    differences: dict[str, tuple[float, float, float]]
    rejects: dict[str, int]
    labels: dict[str, tuple[int, int, int]]
    gains: dict[str, float]
    below_floor: bool


def run_recipe(workspace: Workspace, dataset: str) -> Figures:
    """Go through the four stages and return what came of it. A label that the file can't fill is a recorded gate."""
    stages.generate(workspace, dataset)
    stages.curate(workspace, dataset)
    stages.validate(workspace, dataset, Console(quiet=True), record=True)
    stages.measure(workspace, dataset)
    job = open_job(workspace, dataset)
    metrics = json.loads((job.folder / "metrics.json").read_text(encoding="utf-8"))
    return compute_figures(job, metrics)


def compute_figures(job: Job, metrics: dict[str, Any]) -> Figures:
    """Return the figures of a job that has been measured; those of its rows as they came are computed here."""
    useful = metrics["usefulness"]
    came = parse.fn(job, read_table(job.table("prompts")), read_table(job.table("completions"))).candidates
    came_score, difference = _try_as_it_came(job, came)
    scores = {name: _read_score(useful[name]) for name in ("real", "both", "both_real_upweighted")}
    recalibrated = useful["synthetic"]["recalibrated"]
    scores |= {
        "came": came_score,
        "curated": _read_score(useful["synthetic"]),
        "recalibrated": Score(recalibrated["macro_f1"], *recalibrated["macro_f1_interval"]),
    }
    differences = {name: (one["macro_f1"], *one["macro_f1_interval"]) for name, one in useful["differences"].items()}
    kept, gates = read_table(job.table("train")), read_result(GateResults, job.folder / "gates.json")
    return Figures(
        came=came.height,
        kept=kept.height,
        real=len(job.seeds),
        tests=useful["test_rows"],
        scores=scores,
        differences={**differences, "curated_minus_came": difference},
        rejects=dict(sorted(metrics["counts"]["rejects"].items(), key=lambda item: (-item[1], item[0]))),
        labels={
            label: (
                sum(seed.label == label for seed in job.seeds),
                came.filter(label=label).height,
                kept.filter(label=label).height,
            )
            for label in job.recipe.labels
        },
        gains={label: gain["f1"] for label, gain in useful["gains"].items() if gain["f1"] is not None},
        below_floor="class floor" in {gate.name for gate in gates.failed},
    )


def _read_score(entry: dict[str, Any]) -> Score:
    return Score(entry["macro_f1"], *entry["macro_f1_interval"], entry["macro_f1_mean"], entry["macro_f1_std"])


def _try_as_it_came(job: Job, came: pl.DataFrame) -> tuple[Score, tuple[float, float, float]]:
    """Return the score of the rows as they came, and by how much that of the curated rows is above it."""
    seed, curated = job.recipe.seed, _set_up(job, read_table(job.table("train")))
    student, pool, mix = _set_up(job, came)
    as_it_came = run_trial(student, pool, mix)
    repeated = repeat_trial(student, pool, mix, job.recipe.evaluate.repeats)
    drawn = average_f1(resample_trials({"came": as_it_came}, seed)["came"])
    above = compare_trials(run_trial(*curated), as_it_came, seed)
    score = Score(as_it_came.macro_f1, *find_interval(drawn), float(np.mean(repeated)), float(np.std(repeated)))
    return score, (above["macro_f1"], *above["macro_f1_interval"])


def _set_up(job: Job, rows: pl.DataFrame) -> tuple[TfidfClassifier, Pool, TrainingMix]:
    """Return a student, the pool of these rows and the held-out ones, and the mix of all of them."""
    labels = list(job.recipe.labels)
    synthetic = _sample(rows.select("text", "label").rows(), labels)
    held_out = _sample([(one.text, one.label) for one in job.held_out], labels)
    pool = make_pool(synthetic, _sample([], labels), held_out, len(labels), job.recipe.seed)
    return TfidfClassifier(pool.texts), pool, TrainingMix(len(pool.synthetic), 0)


def _sample(rows: list[tuple[str, str]], labels: list[str]) -> Sample:
    return Sample([text for text, _ in rows], np.array([labels.index(label) for _, label in rows], dtype=int))
