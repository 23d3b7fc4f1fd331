"""Writes a dataset's card (README.md) and croissant.json, for people and tools that have only the data."""

import json
from typing import Any

import polars as pl

from pedigree.dataset.columns import describe_columns
from pedigree.dataset.label_evidence import list_label_sentences
from pedigree.dataset.output_files import SPLITS
from pedigree.dataset.rejects import MEANINGS
from pedigree.dataset.replica_figures import describe_runs, list_spread
from pedigree.dataset.results import Manifest, write_result
from pedigree.job import Job
from pedigree.job_outputs import JobOutputs
from pedigree.metrics.llm_diversity.sentences import tell_diversity
from pedigree.recipe.card_settings import LICENSES
from pedigree.recipe.generator import Generator
from pedigree.report.croissant import build_croissant
from pedigree.report.label_set_tables import describe_sets
from pedigree.report.markdown import escape_markdown, render_markdown
from pedigree.report.selection_figures import describe_choice
from pedigree.system.atomic_write import write_text
from pedigree.usefulness.recommendation_text import write_recommendation
from pedigree.usefulness.stopping_advice import join_advice
from pedigree.usefulness.summary import list_differences, list_trials

CARD, CROISSANT = "README.md", "croissant.json"
OFFLINE = "offline/"
SETTINGS = ("title", "strategy", "model", "weight", "turns", "shots", "rows_per_call")


def write_card(job: Job, contents: JobOutputs, metrics: dict[str, Any], manifest: Manifest) -> None:
    """Write README.md and croissant.json into the job's folder; equal arguments and tables give equal files.

    They quote no row, seed or reject: git keeps them forever, and a row may be withdrawn later.
    """
    write_text(job.folder / CARD, render_markdown("card.md.j2", build_card_context(job, contents, metrics, manifest)))
    write_result(build_croissant(job.recipe, job.folder, list_splits(metrics)), job.folder / CROISSANT)


def build_card_context(job: Job, contents: JobOutputs, metrics: dict[str, Any], manifest: Manifest) -> dict[str, Any]:
    """Return the values of the card's template, as plain text."""
    recipe, terms = job.recipe, job.recipe.card
    rejects = metrics["counts"]["rejects"]
    return {
        "recipe": recipe,
        "terms": terms,
        "title": terms.title or recipe.dataset,
        "category": "text-classification" if recipe.text_fields else "tabular-classification",
        "size": find_size_category(metrics["counts"]["rows"]),
        "licence": terms.license_name or LICENSES[terms.license] or terms.license,
        "columns": describe_columns(recipe),
        "splits": list_splits(metrics),
        "kind": "dataset",
        "places": {split: f"{split}.parquet" for split in list_splits(metrics)},
        "seeds": len(job.seeds),
        "held_out": len(job.held_out),
        "grammar": _find_grammar(metrics["models"]),
        "distribution": contents.distribution,
        **describe_sets(recipe, contents.distribution),
        "gates": contents.gates,
        "labels_known": list_label_sentences(contents.gates),
        "generators": [_describe_generator(generator, contents, manifest) for generator in recipe.generators],
        "metrics": metrics,
        "manifest": manifest,
        "cost": _format_cost(metrics["spending"]),
        "rejects": sorted(rejects.items(), key=lambda item: (-item[1], item[0])),
        "meanings": MEANINGS,
        "screens": _format_screens(job),
        "choice": describe_choice(metrics.get("selection")),
        "runs": describe_runs(metrics.get("replicas")),
        "spread": list_spread(metrics.get("replicas")),
        "scored": [escape_markdown(one) for one in tell_diversity(metrics.get("llm_diversity"))],
        "advice": join_advice(metrics["usefulness"]) if metrics["usefulness"] else None,
        "recommendation": write_recommendation(metrics["usefulness"]) if metrics["usefulness"] else None,
        "trials": list_trials(metrics["usefulness"]) if metrics["usefulness"] else [],
        "differences": list_differences(metrics["usefulness"]) if metrics["usefulness"] else [],
    }


def list_splits(metrics: dict[str, Any]) -> list[str]:
    """Return the splits that have rows; the hub's loader fails on an empty one."""
    return [split for split in SPLITS if metrics["counts"][split]]


def find_size_category(rows: int) -> str:
    """Return the Hugging Face hub's size category of a number of rows."""
    names = ["n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M"]
    return names[sum(rows >= 10**digits for digits in range(3, 8))]


def _describe_generator(generator: Generator, contents: JobOutputs, manifest: Manifest) -> dict[str, Any]:
    """Return one generator's settings and counts, and its first prompt that quotes no row."""
    title = generator.title
    prompts = contents.tables["prompts"].filter(pl.col("generator") == title)
    answered = contents.completions.filter(pl.col("failure").is_null()).join(prompts, on="completion_id", how="semi")
    names = answered.group_by(pl.col("model_answered").fill_null("unknown")).len().sort("model_answered")
    counts = next((count for count in contents.distribution.generators if count.generator == title), None)
    quotes_no_row = (pl.col("seed_row_ids").list.len() == 0) & (pl.col("parents").list.len() == 0)
    first = (
        prompts.filter(quotes_no_row & (pl.col("slot") >= 0))
        .sort("round", "slot", "turn", "label", "completion_id")
        .head(1)
        .to_dicts()
    )
    return {
        **{name: getattr(generator, name) for name in SETTINGS},
        "template": generator.template_path,
        "template_sha256": manifest.inputs.get(generator.template_path),
        "answered": list(names.iter_rows()),
        "parameters": json.dumps(generator.parameters, sort_keys=True, ensure_ascii=False),
        "made": sum(counts.made.values()) if counts else 0,
        "kept": sum(counts.kept.values()) if counts else 0,
        "shown": prompts["seed_row_ids"].explode(empty_as_null=False).n_unique(),
        "attributes": [(name, _format_values(values)) for name, values in _list_drawn(generator).items()],
        "label": first[0]["label"] if first else None,
        "messages": [(one["role"], one["content"]) for one in json.loads(first[0]["messages"])] if first else [],
    }


def _list_drawn(generator: Generator) -> dict[str, int | list[str] | dict[str, list[str]]]:
    """Return the attributes that rows draw values of, and the values, as the recipe gives them."""
    traits = {"traits of the writer": generator.personas} if isinstance(generator.personas, int) else generator.personas
    others = {
        "way to show the label": generator.ways,
        "context": generator.contexts,
        "share of the label": [f"{round(100 * share)} %" for share in generator.mix],
    }
    return {**generator.attributes, **traits, **{name: values for name, values in others.items() if values}}


def _format_values(values: int | list[str] | dict[str, list[str]]) -> str:
    if isinstance(values, int):
        return f"{values} values, requested from the model"
    if isinstance(values, list):
        return ", ".join(values)
    return "; ".join(f"for {label}: {', '.join(own)}" for label, own in values.items())


def _find_grammar(models: list[str]) -> str | None:
    """Return "all" or "some" if these models are the offline template model, which writes from a grammar, else None."""
    offline = [model.startswith(OFFLINE) for model in models]
    return ("all" if all(offline) else "some") if any(offline) else None


def _format_cost(spending: dict[str, Any]) -> str:
    tokens = [spending["tokens_in"], spending["tokens_out"]]
    counted = "an unknown number of tokens" if None in tokens else f"{sum(tokens):,} tokens"
    if spending["cost_usd"] is None:
        return f"They used {counted}; their cost is unknown."
    return f"They used {counted} and cost {spending['cost_usd']:,.4f} USD."


def _format_screens(job: Job) -> str:
    """Return each screen with its threshold or switch, in the recipe's order; without those of texts, if none is."""
    if job.recipe.tabular:
        screens = job.recipe.screens
        told = {
            "shot copy": screens.shot_copy is not None,
            "seed copy": screens.seed_copy is not None,
            "held out overlap": screens.held_out_overlap,
        }
        return ", ".join(f"{name} {'on' if value else 'off'}" for name, value in told.items())
    return ", ".join(
        f"{name.replace('_', ' ')} {('on' if value else 'off') if isinstance(value, bool | None) else value}"
        for name, value in job.recipe.screens
        if (name, value) != ("semantic_duplicate", None)  # told where it is on
    )
