"""Searches the rows and the rejects of a dataset: words, label, split, generator, reason; a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from pedigree.dataset.output_files import SPLITS
from pedigree.dataset.rejects import MEANINGS
from pedigree.recipe.judge import AGREED
from pedigree.report.reports_site.files import Source, scan_table
from pedigree.report.samples import mask_personal_data, parse_masked_candidate

PER_PAGE = 50
LONGEST_WORDS = 500  # characters of what is looked for
KINDS = {"rows": ("label", "split", "generator", AGREED), "rejects": ("label", "reason", "generator")}
NAMES = {AGREED: "judges agree"}
NONE = "(none)"  # stands for an empty value in a filter
OWN = {"row_id", "label", "weight", "generator", "completion_id", "position", "split", "real", AGREED}


@dataclass(frozen=True)
class Query:
    """What is looked for: words that a field holds, a value of each filter, and the page, 1 or higher."""

    kind: str
    words: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)
    page: int = 1


@dataclass(frozen=True)
class Filter:
    """A filter's name, its values with the number of rows that have each, and the one that is chosen."""

    key: str
    name: str
    values: list[tuple[str, int]]
    chosen: str


@dataclass(frozen=True)
class Found:
    """A page of what was found: the id and the cells of each row, and how many there are in all."""

    query: Query
    columns: list[str]
    rows: list[tuple[str, list[str]]]
    filters: list[Filter]
    matching: int
    all_rows: int
    pages: int


def read_query(kind: str, given: Mapping[str, str]) -> Query:
    """Return the query that the parameters of an address make; unknown ones are ignored."""
    page = given.get("page", "")
    return Query(
        kind,
        given.get("q", "").strip()[:LONGEST_WORDS],
        {key: given[key] for key in KINDS[kind] if given.get(key)},
        min(max(int(page), 1), 10**7) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
    )


def search(source: Source, query: Query) -> Found:
    """Return one page of the rows or rejects that fit a query, in the order of their ids."""
    table = _scan_rows(source) if query.kind == "rows" else scan_table(source, "rejects")
    schema = table.collect_schema()
    texts = [name for name in schema if name not in OWN] if query.kind == "rows" else ["candidate", "detail"]
    keys = [key for key in KINDS[query.kind] if key in schema]
    values = {key: pl.col(key).cast(pl.String).fill_null(NONE) for key in keys}
    wanted = _match_words(texts, query.words)
    for key in keys:
        if key in query.chosen:
            wanted &= values[key] == query.chosen[key]
    counted = [
        table.group_by(values[key].alias("value")).len().sort("len", "value", descending=[True, False]) for key in keys
    ]
    counts = pl.collect_all([table.select(pl.len()), table.filter(wanted).select(pl.len()), *counted])
    all_rows, matching = counts[0].item(), counts[1].item()
    pages = max(1, -(-matching // PER_PAGE))
    first = (min(query.page, pages) - 1) * PER_PAGE
    shown = table.filter(wanted).slice(first, PER_PAGE).collect()
    make = _show_row if query.kind == "rows" else _show_reject
    rows = [make(row, texts, keys) for row in shown.iter_rows(named=True)]
    filters = [
        Filter(key, NAMES.get(key, key), list(found.iter_rows()), query.chosen.get(key, ""))
        for key, found in zip(keys, counts[2:], strict=True)
    ]
    columns = [*(texts if query.kind == "rows" else ["candidate", "why"]), *(NAMES.get(key, key) for key in keys)]
    shown_query = Query(query.kind, query.words, query.chosen, min(query.page, pages))
    return Found(shown_query, columns, rows, filters, matching, all_rows, pages)


def _scan_rows(source: Source) -> pl.LazyFrame:
    parts = [scan_table(source, split).with_columns(split=pl.lit(split)) for split in SPLITS]
    return pl.concat(parts, how="vertical_relaxed")


def _match_words(texts: list[str], words: str) -> pl.Expr:
    """Return whether each word stands in one of the fields, whatever its case."""
    wanted = pl.lit(value=True)
    for word in words.lower().split():
        wanted &= pl.any_horizontal(
            pl.col(name).cast(pl.String).str.to_lowercase().str.contains(word, literal=True).fill_null(value=False)
            for name in texts
        )
    return wanted


def _show_row(row: dict[str, Any], texts: list[str], keys: list[str]) -> tuple[str, list[str]]:
    return row["row_id"], [_show(row[name]) for name in (*texts, *keys)]


def _show_reject(row: dict[str, Any], texts: list[str], keys: list[str]) -> tuple[str, list[str]]:
    fields = parse_masked_candidate(row["candidate"])
    written = "\n".join(f"{name}: {text}" if len(fields) > 1 else text for name, text in fields.items())
    why = MEANINGS.get(row["reason"], "") + (f": {mask_personal_data(row['detail'])}" if row["detail"] else "")
    return row["row_id"] or "", [written, why, *(_show(row[key]) for key in keys)]


def _show(value: Any) -> str:
    return "" if value is None else str(value)
