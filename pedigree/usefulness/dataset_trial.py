"""Measures the usefulness of a dataset: prepares its rows for trials and describes the results."""

from typing import Any

import numpy as np
import polars as pl

from pedigree.dataset.examples import Example
from pedigree.job import Job
from pedigree.job_outputs import JobOutputs
from pedigree.metrics.embedder_choice import EmbedderChoice
from pedigree.metrics.text_classifier import text_of
from pedigree.usefulness.difficulty_split import sort_held_out
from pedigree.usefulness.embedding_classifier import make_classifier_factory
from pedigree.usefulness.pool import Sample
from pedigree.usefulness.tstr import measure_usefulness

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
    if choice.embedder:
        embeddings = measure_usefulness(**arguments, make_classifier=make_classifier_factory(choice.embedder))
    return {
        "student": job.recipe.evaluate.student,
        "evidence": arguments["evidence"],
        "note": None if arguments["evidence"] else NO_EVIDENCE,
        "labels": arguments["labels"],
        **results,
        "embeddings": embeddings,
    }


def sample_job(job: Job, train: pl.DataFrame) -> tuple[Sample, Sample, Sample]:
    """Return the synthetic rows of the train split, its real rows, or the seeds if the recipe has no real rows, and the
    held-out rows.
    """
    is_real, labels = pl.col("completion_id").is_null(), list(job.recipe.labels)
    real = _sample_rows(train.filter(is_real), job) if job.real else _sample_examples(job.seeds, labels)
    return _sample_rows(train.filter(~is_real), job), real, _sample_examples(job.held_out, labels)


def _sample_rows(rows: pl.DataFrame, job: Job) -> Sample:
    label_ids = {label: index for index, label in enumerate(job.recipe.labels)}
    texts = [text_of(row) for row in rows.select(list(job.recipe.fields)).iter_rows(named=True)]
    weights = rows["weight"].to_numpy() if job.recipe.weights != "none" else None
    return Sample(texts, rows["label"].replace_strict(label_ids, return_dtype=pl.Int64).to_numpy(), weights)


def _sample_examples(examples: tuple[Example, ...], labels: list[str]) -> Sample:
    label_ids = [labels.index(example.label) for example in examples]
    return Sample([text_of(example.fields) for example in examples], np.array(label_ids, dtype=int))
