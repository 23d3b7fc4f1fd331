"""Similarity of rows: the Jaccard index of the sets of shingles (runs of characters) of their normalised texts.

A row has one string per text field. The similarity of two rows is the minimum over their fields, so a shared premise
alone makes no duplicate.
"""

import unicodedata

import polars as pl

from pedigree.curation import words
from pedigree.ids import canonical_json
from pedigree.recipe.schema import Recipe

Texts = tuple[str, ...]  # the normalised text of each text field
Shingles = tuple[frozenset[str], ...]


def fold_rows(rows: pl.DataFrame, recipe: Recipe) -> list[Texts]:
    """Return the texts of each row that are compared, normalised by ``fold_texts``.

    If the recipe has no text fields, return the canonical JSON of all fields.
    """
    if not recipe.text_fields:
        return [(canonical_json(row),) for row in rows.select(*recipe.fields).iter_rows(named=True)]
    return list(zip(*(fold_texts(rows[field].fill_null("")).to_list() for field in recipe.text_fields), strict=True))


def fold_texts(texts: pl.Series) -> pl.Series:
    """Return texts in NFKC, case-folded, with each run of punctuation, spaces and control characters as one space.

    A text of only such characters keeps them, so that ``!!!`` and ``???`` differ.
    """
    plain = pl.Series("text", [_fold_case(text) for text in texts], pl.String)
    bare = plain.str.replace_all(r"[\p{P}\p{Z}\p{C}]+", " ").str.strip_chars()
    return pl.select(pl.when(bare != "").then(bare).otherwise(plain)).to_series()


def _fold_case(text: str) -> str:
    if text.isascii():
        return text.lower()  # the same, sooner
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def cut_shingles(texts: Texts) -> Shingles:
    """Return the set of shingles of each text (``words.cut_shingles``)."""
    return tuple(map(words.cut_shingles, texts))


def compare(one: Shingles, other: Shingles) -> float:
    """Return the similarity of two rows, 0 to 1: the minimum Jaccard index over their text fields."""
    least = 1.0
    for mine, theirs in zip(one, other, strict=True):
        shared = len(mine & theirs)
        least = min(least, shared / (len(mine) + len(theirs) - shared))
    return least
