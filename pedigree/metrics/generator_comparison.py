"""Compares what each generator, and so each model, contributed to a dataset."""

from typing import Any

import polars as pl
from sklearn.metrics import f1_score

from pedigree.dataset.examples import Example
from pedigree.dataset.sampling import draw_rows
from pedigree.dataset.usage import sum_usage
from pedigree.job import Job
from pedigree.job_outputs import JobOutputs, join_texts
from pedigree.metrics.diversity import measure_remote_clique, measure_vendi
from pedigree.metrics.nearest_neighbours import measure_coverage
from pedigree.metrics.seed_classifier import predict_labels
from pedigree.metrics.tables.row_classifier import predict_rows
from pedigree.metrics.text_classifier import text_of
from pedigree.metrics.text_statistics import measure_words
from pedigree.metrics.tfidf import embed_tfidf
from pedigree.recipe.content.scenarios import list_plain

MAX_COMPARED = 500  # rows of each generator whose variety is measured
MAX_REAL = 1000  # held-out rows, or else seeds, that these are compared with


def compare_generators(job: Job, contents: JobOutputs) -> dict[str, dict[str, Any]]:
    """Return the figures of each generator, in the recipe's order. Calls and spending include requests for lists.

    ``variety`` is measured on samples of equal size (``rows``), as it depends on the size: distinct-2 (Li et al. 2016)
    Remote Clique (Cox et al. 2021) and Vendi score (Friedman and Dieng 2023) of TF-IDF vectors; null for fewer than two
    rows. On the same sample: ``coverage_tfidf``, the share of real rows with such a row near them (Naeem et al. 2020),
    and ``macro_f1``, that of a classifier that learns from the sample, on real rows: held-out rows, or else seeds.
    ``read_as_asked`` is the share of kept rows whose predicted label is their label (``predict_labels``); null without
    seeds. It says how easily rows are told apart, not how useful they are: rows that all say the same score high.
    """
    own = {one.title: contents.rows.filter(generator=one.title) for one in job.recipe.generators}
    plain = {
        one.title for one in list_plain(job.recipe.generators)
    }  # those of rare scenarios have too few rows to compare
    size = min([MAX_COMPARED, *(rows.height for title, rows in own.items() if rows.height > 1 and title in plain)])
    real = _draw_real(job)
    agreement = _tabulate_agreement(job, contents.rows)
    counts = {one.generator: one for one in contents.distribution.generators}
    compared = {}
    for generator in job.recipe.generators:
        title, rows = generator.title, own[generator.title]
        prompts = contents.tables["prompts"].filter(generator=title)
        answers = contents.completions.join(prompts, on="completion_id", how="semi")
        made, kept = (sum(part.values()) for part in (counts[title].made, counts[title].kept))
        sample = rows if rows.height >= size or title in plain else rows.clear()
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
            "variety": _measure_variety(job, title, sample, size),
            **_compare_with_real(job, title, sample, size, real),
            "read_as_asked": agreement.filter(generator=title)["agrees"].mean(),
        }
    return compared


def _measure_variety(job: Job, title: str, rows: pl.DataFrame, size: int) -> dict[str, Any] | None:
    if rows.height < 2 or job.recipe.tabular:
        return None
    texts = join_texts(draw_rows(rows, size, job.recipe.seed, "generator", title), job.recipe)
    vectors = embed_tfidf(texts.to_list())
    return {
        "rows": texts.len(),
        "distinct_2": measure_words(texts)["distinct_2"],
        "remote_clique_tfidf": measure_remote_clique(vectors),
        "vendi_tfidf": measure_vendi(vectors),
    }


def _draw_real(job: Job) -> list[Example]:
    """Return held-out rows, or else seeds, at most 1,000."""
    examples = list(job.held_out or job.seeds)
    places = draw_rows(pl.DataFrame({"place": range(len(examples))}), MAX_REAL, job.recipe.seed, "generators")["place"]
    return [examples[place] for place in places]


def _compare_with_real(
    job: Job, title: str, rows: pl.DataFrame, size: int, real: list[Example]
) -> dict[str, float | None]:
    """Return the coverage of real rows by a sample of a generator's rows, and macro-F1 of what is learned from it."""
    if rows.height < 2 or not real:
        return {"coverage_tfidf": None, "macro_f1": None}
    sample = draw_rows(rows, size, job.recipe.seed, "generator", title)
    fields = list(sample.select(list(job.recipe.fields)).iter_rows(named=True))
    texts, asked = [text_of(row) for row in fields], [text_of(one.fields) for one in real]
    macro_f1 = None
    if sample["label"].n_unique() > 1:
        predicted = predict_rows(fields, sample["label"].to_list(), [one.fields for one in real], job.recipe)
        true = [one.label for one in real]
        macro_f1 = float(f1_score(true, predicted, labels=sorted(set(true)), average="macro", zero_division=0))
    if job.recipe.tabular:
        return {"coverage_tfidf": None, "macro_f1": macro_f1}
    vectors = embed_tfidf([*texts, *asked])
    coverage = measure_coverage(vectors[: len(texts)], vectors[len(texts) :])["coverage"]
    return {"coverage_tfidf": coverage, "macro_f1": macro_f1}


def _tabulate_agreement(job: Job, rows: pl.DataFrame) -> pl.DataFrame:
    """Return per row its generator and whether its predicted label is its label (columns: generator, agrees)."""
    predicted = predict_labels(job, rows.select(list(job.recipe.fields)).iter_rows(named=True))
    labels = pl.Series("predicted", [None] * rows.height if predicted is None else predicted, pl.String)
    return rows.select("generator", agrees=pl.col("label") == labels)
