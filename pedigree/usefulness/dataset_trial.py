"""Measures the usefulness of a dataset: prepares its rows for trials and describes the results."""

from typing import Any

import numpy as np
import polars as pl

from pedigree.dataset.examples import Example
from pedigree.job import Job
from pedigree.job_outputs import JobOutputs
from pedigree.metrics.embedder_choice import EmbedderChoice
from pedigree.metrics.tables.columns import tabulate
from pedigree.metrics.text_classifier import text_of
from pedigree.usefulness.difficulty_split import sort_held_out
from pedigree.usefulness.embedding_classifier import make_classifier_factory
from pedigree.usefulness.pool import Pool, Sample
from pedigree.usefulness.tables.trial import measure_tables
from pedigree.usefulness.tstr import make_pool, measure_usefulness

TABLE_STUDENT = "columns-logreg"
NO_EVIDENCE = "The rows are from the offline template model: these figures are no evidence about a real model."


def prepare_trial(job: Job, contents: JobOutputs) -> dict[str, Any]:
    """Return the arguments of ``measure_usefulness`` without the classifier."""
    synthetic, real, held_out = sample_job(job, contents.tables["train"])
    agreement = np.array([np.nan if one.agreement is None else one.agreement for one in job.held_out], dtype=float)
    seed = job.recipe.seed
    difficulty = sort_held_out(held_out, len(job.recipe.labels), seed)
    return {
        **({} if np.isnan(agreement).all() else {"agreement": agreement}),
        **({} if difficulty is None else {"difficulty": difficulty}),
        **({"language": np.array([one.language for one in job.held_out])} if job.recipe.languages else {}),
        "synthetic": synthetic,
        "real": real,
        "held_out": held_out,
        "labels": list(job.recipe.labels),
        "repeats": job.recipe.evaluate.repeats,
        "seed": seed,
        "evidence": not contents.completions["model"].str.starts_with("offline/").any(),
    }


def describe_trial(
    job: Job, choice: EmbedderChoice, arguments: dict[str, Any], results: dict[str, Any]
) -> dict[str, Any]:
    """Return the entry ``usefulness`` of metrics.json; ``results`` are those of the TF-IDF classifier."""
    embeddings = None
    tabular = job.recipe.tabular
    if choice.embedder and not tabular:
        embeddings = measure_usefulness(**arguments, make_classifier=make_classifier_factory(choice.embedder))
    return {
        "student": TABLE_STUDENT if tabular else job.recipe.evaluate.student,
        "evidence": arguments["evidence"],
        "note": None if arguments["evidence"] else NO_EVIDENCE,
        "labels": arguments["labels"],
        **results,
        "embeddings": embeddings,
        **(measure_tables(_make_pool(arguments)) if tabular else {}),
    }


def _make_pool(arguments: dict[str, Any]) -> Pool:
    samples = (arguments[name] for name in ("synthetic", "real", "held_out"))
    return make_pool(*samples, len(arguments["labels"]), arguments["seed"])


def sample_job(job: Job, train: pl.DataFrame) -> tuple[Sample, Sample, Sample]:
    """Return the synthetic rows of the train split, its real rows, or the seeds if the recipe has no real rows, and the
    held-out rows.
    """
    is_real = pl.col("completion_id").is_null()
    real = _sample_rows(train.filter(is_real), job) if job.real else _sample_examples(job.seeds, job)
    return _sample_rows(train.filter(~is_real), job), real, _sample_examples(job.held_out, job)


def _sample_rows(rows: pl.DataFrame, job: Job) -> Sample:
    label_ids = {label: index for index, label in enumerate(job.recipe.labels)}
    texts = [text_of(row) for row in rows.select(list(job.recipe.fields)).iter_rows(named=True)]
    weights = rows["weight"].to_numpy() if job.recipe.weights != "none" else None
    numbers = rows["label"].replace_strict(label_ids, return_dtype=pl.Int64).to_numpy()
    return Sample(texts, numbers, weights, tabulate(rows.iter_rows(named=True), job.recipe))


def _sample_examples(examples: tuple[Example, ...], job: Job) -> Sample:
    labels = list(job.recipe.labels)
    label_ids = np.array([labels.index(example.label) for example in examples], dtype=int)
    table = tabulate((example.fields for example in examples), job.recipe)
    return Sample([text_of(example.fields) for example in examples], label_ids, None, table)
