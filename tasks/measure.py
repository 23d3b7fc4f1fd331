"""Measure: what the dataset is like and is worth, its manifest, plots, report and card."""

import logging
from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE
from threadpoolctl import threadpool_limits

from pedigree.dataset.examples import Example
from pedigree.dataset.results import write_result
from pedigree.dataset.schemas import POLARS_TYPE
from pedigree.dataset.usage import sum_known_cost, sum_usage
from pedigree.errors import ProviderError
from pedigree.job import Job
from pedigree.job_outputs import JobOutputs, join_texts, read_job_outputs
from pedigree.metrics import fidelity, text_statistics
from pedigree.metrics.attribute_coverage import tabulate_coverage
from pedigree.metrics.embedder_choice import NO_EMBEDDER, EmbedderChoice, choose_embedder
from pedigree.metrics.generator_comparison import compare_generators
from pedigree.metrics.review_accuracy import summarise_review
from pedigree.metrics.screen_funnel import build_funnel
from pedigree.metrics.text_classifier import text_of
from pedigree.metrics.tfidf import Embed
from pedigree.provenance.manifest import build_manifest
from pedigree.recipe.schema import REAL
from pedigree.report.card import write_card
from pedigree.report.dvc_plots import tabulate_plots
from pedigree.report.report_page import write_report
from pedigree.system.helper_process import PendingResult, submit_to_helper
from pedigree.usefulness.embedding_classifier import make_classifier_factory
from pedigree.usefulness.pool import Sample
from pedigree.usefulness.tstr import measure_usefulness

log = logging.getLogger("pedigree")

NO_EVIDENCE = "Rows of the offline template model say nothing about how useful rows of a real model would be."


@task(name="measure", task_run_name="measure", cache_policy=NO_CACHE, persist_result=False)
def measure(job: Job) -> dict[str, Any]:
    """Write metrics, manifest, plots, report and card into the job's folder and return the metrics.

    They are functions of recipe, inputs, tables and the recipe's local embedder, if it is on this machine: equal files give
    equal bytes. Raises WorkspaceError where an earlier step's file is absent.
    """
    contents = read_job_outputs(job)
    choice = choose_embedder(job.workspace, job.dataset, job.recipe.evaluate.embedder)
    # One thread adds up in one order, so the figures don't depend on the cores; for texts as short as these it is faster.
    with threadpool_limits(1):
        metrics = collect_metrics(job, contents, choice)
        if metrics["embedder"] and metrics["embedder"]["note"]:
            log.warning("%s", metrics["embedder"]["note"])
        manifest = build_manifest(job, contents)
        write_result(metrics, job.folder / "metrics.json")
        write_result(manifest, job.folder / "manifest.json")
        for name, points in tabulate_plots(job, contents).items():
            write_result(points, job.folder / name)
        write_report(job, contents, metrics, manifest)
        write_card(job, contents, metrics, manifest)
    return metrics


def collect_metrics(job: Job, contents: JobOutputs, choice: EmbedderChoice = NO_EMBEDDER) -> dict[str, Any]:
    """Return the metrics of a dataset as plain JSON values, numbers rounded to 6 digits after the point.

    A local embedder whose vectors are none is gone without, and a note says so; a paid one's error is raised.
    """
    trial = _set_trial(job, contents) if job.held_out else None
    tried = trial and submit_to_helper("pedigree.usefulness.tstr:measure_usefulness", **trial)
    try:
        return _collect(job, contents, choice, trial, tried)
    except ProviderError as error:
        if choice.embedder is None or choice.embedder.sha256 is None:
            raise
        return _collect(job, contents, choice.drop_embedder(error.found), trial, tried)


def _collect(
    job: Job, contents: JobOutputs, choice: EmbedderChoice, trial: dict[str, Any] | None, tried: PendingResult | None
) -> dict[str, Any]:
    embed = choice.embedder and choice.embedder.embed
    rows, texts = contents.rows, join_texts(contents.rows, job.recipe)
    return _round(
        {
            "counts": _count(contents),
            "text": {name: text_statistics.measure_lengths(rows[name]) for name in job.recipe.text_fields},
            "duplicates": _share_duplicates(contents),
            "words": text_statistics.measure_words(texts),
            "openings": text_statistics.measure_openings(texts),
            "diversity": fidelity.measure_diversity(_tabulate_texts(rows, job), job.recipe.seed, embed),
            "fidelity": _measure_fidelity(job, contents, embed),
            "coverage": tabulate_coverage(contents),
            "generators": compare_generators(job, contents),
            "screening": [asdict(stage) for stage in build_funnel(contents.distribution)],
            "spending": {
                **sum_usage(contents.completions),
                **sum_known_cost(contents.completions),
                "completions": contents.completions.height,
                "failures": contents.completions["failure"].count(),
            },
            "models": sorted(set(contents.completions["model"])),
            "review": summarise_review(job.review, _list_ids(contents)),
            "usefulness": _measure_usefulness(job, choice, trial, tried) if trial else None,
            "embedder": choice.describe(),
        }
    )


def _list_ids(contents: JobOutputs) -> set[str]:
    return {*contents.rows["row_id"], *contents.rejects["row_id"].drop_nulls()}


def _count(contents: JobOutputs) -> dict[str, Any]:
    made = contents.made
    return {
        "rows": contents.rows.height,
        "train": contents.tables["train"].height,
        "validation": contents.tables["validation"].height,
        "made": made,
        "rejects": dict(sorted(contents.rejects["reason"].value_counts().iter_rows())),
        "yield": contents.synthetic.height / made if made else None,
        **({"real": contents.real.height} if REAL in contents.rows.columns else {}),
    }


def _share_duplicates(contents: JobOutputs) -> dict[str, float | None]:
    """Return which part of the candidates were duplicates; real rows are none."""
    rejects, made = contents.rejects.drop_nulls("completion_id")["reason"], contents.made
    return {
        f"{kind}_share": int((rejects == f"{kind}-duplicate").sum()) / made if made else None
        for kind in ("exact", "near")
    }


def _measure_fidelity(job: Job, contents: JobOutputs, embed: Embed | None) -> dict[str, Any] | None:
    """Compare the synthetic rows with what people wrote: the held-out rows, else the seeds; beside it, the seeds with the held-out."""
    seeds, held_out = (_tabulate_examples(examples, job) for examples in (job.seeds, job.held_out))
    real, seed = (held_out if job.held_out else seeds), job.recipe.seed
    if not real.height:
        return None
    both = job.seeds and job.held_out
    return {
        "against": "held-out" if job.held_out else "seeds",
        **fidelity.measure_fidelity(_tabulate_texts(contents.synthetic, job), real, seed, embed),
        "seeds": fidelity.compare_samples(seeds, held_out, seed, embed) if both else None,
    }


def _tabulate_texts(rows: pl.DataFrame, job: Job) -> pl.DataFrame:
    return pl.DataFrame({"text": join_texts(rows, job.recipe), "label": rows["label"]})


def _tabulate_examples(examples: tuple[Example, ...], job: Job) -> pl.DataFrame:
    lines = [{**example.fields, "label": example.label} for example in examples]
    kinds = {name: POLARS_TYPE[field.type] for name, field in job.recipe.fields.items()}
    return _tabulate_texts(pl.DataFrame(lines, {**kinds, "label": pl.String}), job)


def _set_trial(job: Job, contents: JobOutputs) -> dict[str, Any]:
    """Return what ``measure_usefulness`` is called with, but for the student."""
    labels = list(job.recipe.labels)
    synthetic, real = sample_sides(job, contents)
    return {
        "synthetic": synthetic,
        "real": real,
        "held_out": _sample_examples(job.held_out, labels),
        "labels": labels,
        "repeats": job.recipe.evaluate.repeats,
        "seed": job.recipe.seed,
        "evidence": not contents.completions["model"].str.starts_with("offline/").any(),
    }


def _measure_usefulness(job: Job, choice: EmbedderChoice, trial: dict[str, Any], tried: PendingResult) -> dict[str, Any]:
    readers = choice.embedder and make_classifier_factory(choice.embedder)
    by_embeddings = measure_usefulness(**trial, make_classifier=readers) if readers else None
    return {
        "student": job.recipe.evaluate.student,
        "evidence": trial["evidence"],
        "note": None if trial["evidence"] else NO_EVIDENCE,
        "labels": trial["labels"],
        **tried.get(),
        "embeddings": by_embeddings,
    }


def sample_sides(job: Job, contents: JobOutputs) -> tuple[Sample, Sample]:
    """Return the synthetic rows to train on, and the real ones: those of the train split, or the seeds where it has none."""
    labels, train = list(job.recipe.labels), contents.tables["train"]
    written = pl.col("completion_id").is_null()
    synthetic = _sample_rows(train.filter(~written), job)
    return synthetic, _sample_rows(train.filter(written), job) if job.real else _sample_examples(job.seeds, labels)


def _sample_rows(rows: pl.DataFrame, job: Job) -> Sample:
    place = {label: index for index, label in enumerate(job.recipe.labels)}
    texts = [text_of(row) for row in rows.select(list(job.recipe.fields)).iter_rows(named=True)]
    return Sample(texts, rows["label"].replace_strict(place, return_dtype=pl.Int64).to_numpy())


def _sample_examples(examples: tuple[Example, ...], labels: list[str]) -> Sample:
    places = [labels.index(example.label) for example in examples]
    return Sample([text_of(example.fields) for example in examples], np.array(places, dtype=int))


def _round(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _round(part) for key, part in value.items()}
    return [_round(part) for part in value] if isinstance(value, list) else value
