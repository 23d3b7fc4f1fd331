"""Collects the metrics of a dataset that need no trained classifier of its rows."""

from dataclasses import asdict
from typing import Any

import polars as pl

from pedigree.dataset.examples import Example
from pedigree.dataset.schemas import POLARS_TYPE
from pedigree.dataset.usage import sum_known_cost, sum_usage
from pedigree.job import Job
from pedigree.job_outputs import JobOutputs, join_texts
from pedigree.metrics import fidelity, text_statistics
from pedigree.metrics.attribute_coverage import tabulate_coverage
from pedigree.metrics.content.knowledge_use import measure_knowledge
from pedigree.metrics.content.scenario_rows import count_scenarios
from pedigree.metrics.generator_comparison import compare_generators
from pedigree.metrics.languages.language_counts import count_languages
from pedigree.metrics.review.summary import summarise_review
from pedigree.metrics.screen_funnel import build_funnel
from pedigree.metrics.tables.fidelity import measure_table_fidelity
from pedigree.metrics.tables.missing_values import measure_missing
from pedigree.metrics.tfidf import Embed
from pedigree.recipe.judge import JUDGE
from pedigree.recipe.schema import REAL


def collect_table_metrics(job: Job, contents: JobOutputs, embed: Embed | None) -> dict[str, Any]:
    """Return the metrics of tables, texts, generators and spending; with ``embed`` also those of its vectors.

    What is measured of texts is null where rows have none.
    """
    rows = contents.rows
    texts = _tabulate_texts(rows, job)["text"]
    return {
        "counts": _count(contents),
        "text": {name: text_statistics.measure_lengths(rows[name]) for name in job.recipe.text_fields},
        "duplicates": _share_duplicates(contents) | ({"near_share": None} if job.recipe.tabular else {}),
        "words": text_statistics.measure_words(texts),
        "openings": text_statistics.measure_openings(texts),
        "diversity": fidelity.measure_diversity(_tabulate_texts(rows, job), job.recipe.seed, embed),
        "fidelity": _measure_fidelity(job, contents, embed),
        "coverage": tabulate_coverage(contents.tables["prompts"], contents.rows),
        **_measure_content(job, contents),
        "generators": compare_generators(job, contents),
        "screening": [asdict(stage) for stage in build_funnel(contents.distribution)],
        "spending": {
            **sum_usage(contents.completions),
            **sum_known_cost(contents.completions),
            "completions": contents.completions.height,
            "failures": contents.completions["failure"].count(),
        },
        **({"judges": _sum_by_judge(job, contents)} if job.recipe.judges else {}),
        **({"languages": count_languages(job, contents)} if job.recipe.languages else {}),
        "models": sorted(set(contents.completions["model"])),
        "review": summarise_review(job.review, {*rows["row_id"], *contents.rejects["row_id"].drop_nulls()}),
    }


def _measure_content(job: Job, contents: JobOutputs) -> dict[str, Any]:
    """Return what only some recipes have: the use of knowledge, rows of scenarios, columns beside people's rows."""
    knowledge = measure_knowledge(job, contents.tables["prompts"], contents.rows) if job.knowledge else {}
    scenarios = count_scenarios(job, contents.tables["prompts"], contents.rows)
    tables = measure_table_fidelity(job, contents) if job.recipe.tabular else None
    missing = measure_missing(job, contents.synthetic)
    found = {"knowledge": knowledge, "scenarios": scenarios, "tables": tables, "missing": missing}
    return {key: value for key, value in found.items() if value}


def _sum_by_judge(job: Job, contents: JobOutputs) -> dict[str, dict[str, Any]]:
    """Return what the verdicts of each judge took; a sum with an unknown part is null."""
    found = {}
    for judge in job.recipe.judges:
        asked = contents.tables["prompts"].filter(strategy=JUDGE, generator=judge.name)
        answers = contents.completions.join(asked, on="completion_id", how="semi")
        counts = {"completions": answers.height, "failures": answers["failure"].count()}
        found[judge.name] = {"model": judge.model, **counts, **sum_usage(answers)}
    return found


def round_floats(value: Any) -> Any:
    """Return a JSON value with all floats rounded to 6 digits after the point."""
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: round_floats(part) for key, part in value.items()}
    return [round_floats(part) for part in value] if isinstance(value, list) else value


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
    """Return the shares of synthetic candidates that were duplicates."""
    reasons, made = contents.rejects.drop_nulls("completion_id")["reason"], contents.made
    return {
        f"{kind}_share": int((reasons == f"{kind}-duplicate").sum()) / made if made else None
        for kind in ("exact", "near")
    }


def _measure_fidelity(job: Job, contents: JobOutputs, embed: Embed | None) -> dict[str, Any] | None:
    """Compare the synthetic rows with the held-out rows, or else the seeds; and the seeds with the held-out rows."""
    seeds, held_out = (_tabulate_examples(examples, job) for examples in (job.seeds, job.held_out))
    real, seed = (held_out if job.held_out else seeds), job.recipe.seed
    if not real.height or job.recipe.tabular:
        return None
    both = job.seeds and job.held_out
    return {
        "against": "held-out" if job.held_out else "seeds",
        **fidelity.measure_fidelity(_tabulate_texts(contents.synthetic, job), real, seed, embed),
        "seeds": fidelity.compare_samples(seeds, held_out, seed, embed) if both else None,
    }


def _tabulate_texts(rows: pl.DataFrame, job: Job) -> pl.DataFrame:
    """Return the text and the label of each row; no row where no field is a text."""
    if job.recipe.tabular:
        return pl.DataFrame(schema={"text": pl.String, "label": pl.String})
    return pl.DataFrame({"text": join_texts(rows, job.recipe), "label": rows["label"]})


def _tabulate_examples(examples: tuple[Example, ...], job: Job) -> pl.DataFrame:
    lines = [{**example.fields, "label": example.label} for example in examples]
    types = {name: POLARS_TYPE[field.type] for name, field in job.recipe.fields.items()}
    return _tabulate_texts(pl.DataFrame(lines, {**types, "label": pl.String}), job)
