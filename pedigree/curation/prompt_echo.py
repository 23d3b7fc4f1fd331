"""Finds texts that repeat the prompt: the recipe's words about the task, a field or a label, or a field's limits."""

from collections.abc import Iterator

import polars as pl

from pedigree.curation.similarity.shingles import fold_texts
from pedigree.curation.words import WORD_WEIGHT, cut_folded, weigh
from pedigree.recipe.schema import Recipe

LEAST_WORDS = 5  # of a description: shorter ones are phrases that a row may hold


def find_echo(field: str, recipe: Recipe) -> pl.Expr:
    """Return the part of the prompt that a text repeats word for word; null without one."""
    phrases = [phrase for phrase in _list_phrases(recipe) if _is_long(phrase)]
    if not phrases:
        return pl.lit(None, pl.String)
    return pl.col(field).map_batches(lambda texts: _find_phrases(texts, phrases), return_dtype=pl.String)


def _find_phrases(texts: pl.Series, phrases: list[str]) -> pl.Series:
    """Return the first phrase that each text holds; all are searched at once, as there may be hundreds of labels."""
    table = pl.DataFrame({"text": " " + fold_texts(texts) + " "})
    holds_any = table["text"].str.contains_any([f" {phrase} " for phrase in phrases])
    found = table.filter(holds_any).select(
        pl.coalesce(
            pl.when(pl.col("text").str.contains(f" {phrase} ", literal=True)).then(
                pl.lit(f"repeats the prompt: {phrase}")
            )
            for phrase in phrases
        ).alias("found")
    )
    result = iter(found["found"].to_list())
    return pl.Series("found", [next(result) if holds else None for holds in holds_any], pl.String)


def _list_phrases(recipe: Recipe) -> Iterator[str]:
    """Yield the folded descriptions of a recipe, and the limits of its text fields as prompts state them."""
    texts = [recipe.task, *(label.means for label in recipe.single_labels.values())]
    for typed in recipe.fields.values():
        texts += [
            typed.means,
            *([f"{typed.min_chars} to {typed.max_chars} characters"] if typed.type == "text" else []),
        ]
    yield from dict.fromkeys(fold_texts(pl.Series("text", texts, pl.String)).to_list())


def _is_long(phrase: str) -> bool:
    return sum(map(weigh, cut_folded(phrase))) >= LEAST_WORDS * WORD_WEIGHT or phrase.endswith(" characters")
