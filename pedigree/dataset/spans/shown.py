"""Spans as one line of text, where a table's rows are shown or compared column by column."""

import polars as pl

from pedigree.recipe.spans.slot_fit import SPANS


def show_spans(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return rows whose column ``spans`` is a text, such as ``city = Rome (3 to 7); day = now (9 to 12)``.

    Rows without that column, or with another one of that name, stay as they are.
    """
    if not isinstance(rows.collect_schema().get(SPANS), pl.List):
        return rows
    one = pl.element().struct
    said = pl.format("{} = {} ({} to {})", *(one.field(name) for name in ("slot", "value", "start", "end")))
    return rows.with_columns(pl.col(SPANS).list.eval(said).list.join("; "))
