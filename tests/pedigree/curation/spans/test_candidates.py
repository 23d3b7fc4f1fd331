"""Spans of candidates move with their text where a list's number is cut off, whatever columns stand behind them."""

import polars as pl
import pytest

from pedigree.dataset.schemas import candidates_schema
from pedigree.recipe.schema import Recipe
from tasks.parse import _strip_numbers

RECIPE = {
    "dataset": "trips",
    "task": "What is it?",
    "labels": {"go": {"share": 0.5, "means": "goes", "slots": ["town"]}, "stay": {"share": 0.5, "means": "stays"}},
    "slots": {"town": {"means": "a town"}},
    "rows": 8,
    "generators": [{"model": "offline/template"}],
}


@pytest.mark.parametrize("several", [{}, {"language": None, "languages": {"en": 0.5, "de": 0.5}}])
def test_they_move_in_one_language_and_in_several(several):
    recipe = Recipe.model_validate(RECIPE | several)
    columns = candidates_schema(recipe)
    texts = {"1. To Rome": "To Rome", "2. To Oslo": "To Oslo", "3. To Kyiv": "To Kyiv"}
    rows = [
        {"row_id": text, "text": text, "language": "de",
         "spans": [{"slot": "town", "value": text[6:], "start": 6, "end": 10}]}
        for text in texts
    ]  # fmt: skip
    stripped = _strip_numbers([tuple(row.get(name) for name in columns) for row in rows], list(columns), recipe)
    found = pl.DataFrame(stripped, columns, orient="row")
    assert found["text"].to_list() == list(texts.values())
    assert [spans[0]["start"] for spans in found["spans"]] == [3, 3, 3]
    assert ("language" in columns) == bool(several) and (not several or set(found["language"]) == {"de"})
