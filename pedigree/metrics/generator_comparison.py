"""Contributions: what each generator, and so each model, brought to a dataset, side by side."""

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

MAX_COMPARED = 500  # rows of each generator whose variety is compared


def compare_generators(job: Job, contents: JobOutputs) -> dict[str, dict[str, Any]]:
    """Return by generator, in the recipe's order: model, calls, spending, made, kept, yield, rejects, variety, labels as read.

    ``variety`` is of samples of one size (``rows``), as its measures shrink or grow with it: distinct-2 (Li et al. 2016)
    and Remote Clique of TF-IDF vectors (Cox et al. 2021); null below two rows. ``read_as_asked`` is the share of kept rows
    that a student of the seeds reads as their label, null without seeds. Calls and spending include inquiries.
    """
    own = {one.title: contents.rows.filter(generator=one.title) for one in job.recipe.generators}
    size = min([MAX_COMPARED, *(rows.height for rows in own.values() if rows.height > 1)])
    agreed = _read_as_asked(job, contents.rows)
    counts = {one.generator: one for one in contents.distribution.generators}
    compared = {}
    for generator in job.recipe.generators:
        title, rows = generator.title, own[generator.title]
        asked = contents.tables["prompts"].filter(generator=title)
        answers = contents.completions.join(asked, on="completion_id", how="semi")
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
            "read_as_asked": agreed.filter(generator=title)["agrees"].mean(),
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


def _read_as_asked(job: Job, rows: pl.DataFrame) -> pl.DataFrame:
    """Return of each row its generator and whether it is read as its label (columns: generator, agrees)."""
    said = predict_labels(job, rows.select(list(job.recipe.fields)).iter_rows(named=True))
    read = pl.Series("read", said if said is not None else [None] * rows.height, pl.String)
    return rows.select("generator", agrees=pl.col("label") == read)
