"""Describes the weights of a dataset for its metrics: the decision, the column, and what held-out rows say."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from pedigree.job import Job
from pedigree.job_outputs import JobOutputs
from pedigree.metrics.embedder import Embedder
from pedigree.usefulness.dataset_trial import prepare_trial
from pedigree.usefulness.embedding_classifier import make_classifier_factory
from pedigree.usefulness.pool import TrainingMix
from pedigree.usefulness.tables.student import make_student
from pedigree.usefulness.tfidf_classifier import TfidfClassifier
from pedigree.usefulness.trials import run_trial
from pedigree.usefulness.tstr import ClassifierFactory, compare_trials, make_pool
from pedigree.weighting.choice import choose_weights
from pedigree.weighting.people_trial import COLUMNS, EMBEDDINGS, NONE, TFIDF


def describe_weights(job: Job, contents: JobOutputs, embedder: Embedder | None = None) -> dict[str, Any]:
    """Return the decision, its figures on people's rows, the spread of the weights, and the gain on held-out rows.

    ``effective_share``: of how many rows of equal weight, as a share, the rows are worth (Kish 1965). ``held_out``: by
    student, macro-F1 with the weighted synthetic rows minus that with the same rows without weights; null where
    no weights are used or there are no held-out rows. Held-out rows have no part in the decision.
    """
    train = contents.tables["train"]
    decision = choose_weights(job, train)
    weights = train.filter(pl.col("completion_id").is_not_null())["weight"].to_numpy()
    return {
        **decision.describe(),
        "least": float(weights.min()) if len(weights) else None,
        "most": float(weights.max()) if len(weights) else None,
        "effective_share": _find_effective_share(weights),
        "held_out": _compare_held_out(job, contents, embedder) if decision.used != NONE and job.held_out else None,
    }


def _find_effective_share(weights: np.ndarray) -> float | None:
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares / len(weights) if squares else None


def _compare_held_out(job: Job, contents: JobOutputs, embedder: Embedder | None) -> dict[str, Any]:
    arguments = prepare_trial(job, contents)
    weighted = arguments["synthetic"]
    samples = weighted, replace(weighted, weights=None)
    tabular = job.recipe.tabular
    students: dict[str, ClassifierFactory] = {COLUMNS if tabular else TFIDF: TfidfClassifier}
    if embedder and not tabular:
        students[EMBEDDINGS] = make_classifier_factory(embedder)
    found = {}
    for student, make in students.items():
        trials = []
        for synthetic in samples:
            pool = make_pool(
                synthetic, arguments["real"], arguments["held_out"], len(job.recipe.labels), job.recipe.seed
            )
            trials.append(run_trial(make_student(pool, make), pool, TrainingMix(len(pool.synthetic), 0)))
        one, plain = trials
        found[student] = compare_trials(one, plain, job.recipe.seed) if one and plain else None
    return found
