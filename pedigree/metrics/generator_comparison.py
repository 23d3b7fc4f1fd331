"""Compares what each generator, and so each model, contributed to a dataset."""

from typing import Any

import polars as pl

from pedigree.dataset.sampling import draw_rows
from pedigree.dataset.usage import sum_usage
from pedigree.job import Job
from pedigree.job_outputs import JobOutputs, join_texts
from pedigree.metrics.diversity import measure_remote_clique
from pedigree.metrics.seed_classifier import predict_labels
from pedigree.metrics.text_statistics import measure_words
from pedigree.metrics.tfidf import embed_tfidf

MAX_COMPARED = 500  # rows of each generator whose variety is measured


def compare_generators(job: Job, contents: JobOutputs) -> dict[str, dict[str, Any]]:
    """Return the figures of each generator, in the recipe's order. Calls and spending include requests for lists.

    ``variety`` is measured on samples of equal size (``rows``), as it depends on the size: distinct-2 (Li et al. 2016)
    and Remote Clique of TF-IDF vectors (Cox et al. 2021); null for fewer than two rows. ``read_as_asked`` is the share
    of kept rows whose predicted label is their label (``predict_labels``); null without seeds.
    """
    own = {one.title: contents.rows.filter(generator=one.title) for one in job.recipe.generators}
    size = min([MAX_COMPARED, *(rows.height for rows in own.values() if rows.height > 1)])
    agreement = _tabulate_agreement(job, contents.rows)
    counts = {one.generator: one for one in contents.distribution.generators}
    compared = {}
    for generator in job.recipe.generators:
        title, rows = generator.title, own[generator.title]
        prompts = contents.tables["prompts"].filter(generator=title)
        answers = contents.completions.join(prompts, on="completion_id", how="semi")
        made, kept = (sum(part.values()) for part in (counts[title].made, counts[title].kept))
        rejects = contents.rejects.filter(generator=title)["reason"].value_counts()
        compared[title] = {
            "model": generator.model,
            "strategy": generator.strategy,
            "calls": answers.height,
            **sum_usage(answers),
            "made": made,
            "kept": kept,
            "yield": kept / made if made else None,
            "rejects": dict(sorted(rejects.iter_rows())),
            "variety": _measure_variety(job, title, rows, size),
            "read_as_asked": agreement.filter(generator=title)["agrees"].mean(),
        }
    return compared


def _measure_variety(job: Job, title: str, rows: pl.DataFrame, size: int) -> dict[str, Any] | None:
    if rows.height < 2:
        return None
    texts = join_texts(draw_rows(rows, size, job.recipe.seed, "generator", title), job.recipe)
    return {
        "rows": texts.len(),
        "distinct_2": measure_words(texts)["distinct_2"],
        "remote_clique_tfidf": measure_remote_clique(embed_tfidf(texts.to_list())),
    }


def _tabulate_agreement(job: Job, rows: pl.DataFrame) -> pl.DataFrame:
    """Return per row its generator and whether its predicted label is its label (columns: generator, agrees)."""
    predicted = predict_labels(job, rows.select(list(job.recipe.fields)).iter_rows(named=True))
    labels = pl.Series("predicted", [None] * rows.height if predicted is None else predicted, pl.String)
    return rows.select("generator", agrees=pl.col("label") == labels)
