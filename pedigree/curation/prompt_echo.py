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
    folded = pl.col(field).map_batches(fold_texts, return_dtype=pl.String)
    return pl.coalesce(
        pl.when((" " + folded + " ").str.contains(f" {phrase} ", literal=True)).then(
            pl.lit(f"repeats the prompt: {phrase}")
        )
        for phrase in phrases
    )


def _list_phrases(recipe: Recipe) -> Iterator[str]:
    """Yield the folded descriptions of a recipe, and the limits of its text fields as prompts state them."""
    texts = [recipe.task, *(label.means for label in recipe.labels.values())]
    for typed in recipe.fields.values():
        texts += [
            typed.means,
            *([f"{typed.min_chars} to {typed.max_chars} characters"] if typed.type == "text" else []),
        ]
    yield from dict.fromkeys(fold_texts(pl.Series("text", texts, pl.String)).to_list())


def _is_long(phrase: str) -> bool:
    return sum(map(weigh, cut_folded(phrase))) >= LEAST_WORDS * WORD_WEIGHT or phrase.endswith(" characters")
