"""Searches the rows and the rejects of a dataset: words, label, split, generator, reason; a page at a time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import polars as pl

from pedigree.dataset.output_files import SPLITS
from pedigree.dataset.rejects import MEANINGS
from pedigree.dataset.spans.shown import show_spans
from pedigree.recipe.judge import AGREED
from pedigree.report.reports_site.files import Source, scan_table, stamp_tables
from pedigree.report.samples import mask_personal_data, parse_masked_candidate
from pedigree.text_format import format_line

PER_PAGE, COUNTS_KEPT = 50, 50
PLACE = " place"  # no field has a space in its name
LONGEST_WORDS = 500  # characters of what is looked for
KINDS = {"rows": ("label", "split", "generator", AGREED), "rejects": ("label", "reason", "generator")}
NAMES = {AGREED: "judges agree"}
NONE = "(none)"  # stands for an empty value in a filter
OWN = {"row_id", "label", "weight", "generator", "completion_id", "position", "split", "real", AGREED}


@dataclass(frozen=True)
class Query:
    """What is looked for: words that a field holds, a value of each filter, and the page, as it was asked for."""

    kind: str
    words: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)
    page: str = ""


@dataclass(frozen=True)
class Filter:
    """A filter's name, its values with the number of rows that have each, and the one that is chosen."""

    key: str
    name: str
    values: list[tuple[str, int]]
    chosen: str


@dataclass(frozen=True)
class Found:
    """A page of what was found: the id and the cells of each row, and how many there are in all.

    ``notes`` say what of the query can't be, and what is shown in its place.
    """

    query: Query
    page: int
    notes: list[str]
    columns: list[str]
    rows: list[tuple[str, list[str]]]
    filters: list[Filter]
    matching: int
    all_rows: int
    pages: int


def read_query(kind: str, given: Mapping[str, str]) -> Query:
    """Return the query that the parameters of an address make; unknown ones are ignored."""
    chosen = {key: given[key] for key in KINDS[kind] if given.get(key)}
    return Query(kind, given.get("q", "").strip()[:LONGEST_WORDS], chosen, given.get("page", ""))


def search(source: Source, query: Query) -> Found:
    """Return one page of the rows or rejects that fit a query, in the order of their ids."""
    table = _scan(source, query.kind)
    schema = table.collect_schema()
    texts = [name for name in schema if name not in OWN] if query.kind == "rows" else ["candidate", "detail"]
    keys = [key for key in KINDS[query.kind] if key in schema]
    all_rows, known = _count_values(source, query.kind, tuple(keys), stamp_tables(source, _name_tables(query.kind)))
    chosen, notes = _choose(query.chosen, known)
    places = _find_places(table, texts, query.words, chosen) if chosen or query.words else None
    matching = all_rows if places is None else len(places)
    pages = max(1, -(-matching // PER_PAGE))
    page, more = _find_page(query.page, pages)
    first = (page - 1) * PER_PAGE
    if places is None:
        shown = table.slice(first, PER_PAGE).collect()
    else:
        wanted = places.slice(first, PER_PAGE).implode()
        shown = table.with_row_index(PLACE).filter(pl.col(PLACE).is_in(wanted)).collect()
    make = _show_row if query.kind == "rows" else _show_reject
    rows = [make(row, texts, keys) for row in shown.iter_rows(named=True)]
    filters = [Filter(key, NAMES.get(key, key), known[key], chosen.get(key, "")) for key in keys]
    columns = [*(texts if query.kind == "rows" else ["candidate", "why"]), *(NAMES.get(key, key) for key in keys)]
    shown_query = Query(query.kind, query.words, chosen)
    return Found(shown_query, page, notes + more, columns, rows, filters, matching, all_rows, pages)


@lru_cache(COUNTS_KEPT)
def _count_values(
    source: Source, kind: str, keys: tuple[str, ...], stamp: tuple[object, ...]
) -> tuple[int, dict[str, list[tuple[str, int]]]]:
    """Return the number of rows, and of each filter its values with their rows; ``stamp`` is that of the tables."""
    table = _scan(source, kind)
    counted = [
        table.group_by(_read_key(key).alias("value")).len().sort("len", "value", descending=[True, False])
        for key in keys
    ]
    rows, *counts = pl.collect_all([table.select(pl.len()), *counted])
    return rows.item(), {key: list(found.iter_rows()) for key, found in zip(keys, counts, strict=True)}


def _find_places(table: pl.LazyFrame, texts: list[str], words: str, chosen: Mapping[str, str]) -> pl.Series:
    """Return the places in the table of all rows in which each word stands in a field, whatever its case."""
    found = table.with_row_index(PLACE)
    for key, value in chosen.items():
        found = found.filter(_read_key(key) == value)
    found = found.select(PLACE, *(pl.col(name).cast(pl.String).str.to_lowercase() for name in texts))
    for word in words.lower().split():
        found = found.filter(
            pl.any_horizontal(pl.col(name).str.contains(word, literal=True).fill_null(value=False) for name in texts)
        )
    return found.select(PLACE).collect()[PLACE]


def _read_key(key: str) -> pl.Expr:
    return pl.col(key).cast(pl.String).fill_null(NONE)


def _choose(chosen: Mapping[str, str], known: Mapping[str, list[tuple[str, int]]]) -> tuple[dict[str, str], list[str]]:
    """Return the chosen values that there are, and a note for each other one."""
    real, notes = {}, []
    for key, value in chosen.items():
        if key in known and value in {one for one, _ in known[key]}:
            real[key] = value
        else:
            notes.append(f"There is no {NAMES.get(key, key)} '{format_line(value)}': this filter is not used.")
    return real, notes


def _find_page(asked: str, pages: int) -> tuple[int, list[str]]:
    """Return the page that is asked for, else the nearest one and a note."""
    if asked in {"", "1"}:
        return 1, []
    number = int(asked) if re.fullmatch(r"-?[0-9]{1,9}", asked) else pages + 1 if asked.isdecimal() else 1
    page = min(max(number, 1), pages)
    return page, [] if asked == str(page) else [f"There is no page '{format_line(asked, 30)}': this is page {page:,}."]


def _name_tables(kind: str) -> tuple[str, ...]:
    return SPLITS if kind == "rows" else ("rejects",)


def _scan(source: Source, kind: str) -> pl.LazyFrame:
    if kind == "rejects":
        return scan_table(source, kind)
    parts = [show_spans(scan_table(source, split)).with_columns(split=pl.lit(split)) for split in SPLITS]
    return pl.concat(parts, how="vertical_relaxed")


def _show_row(row: dict[str, Any], texts: list[str], keys: list[str]) -> tuple[str, list[str]]:
    return row["row_id"], [_show(row[name]) for name in (*texts, *keys)]


def _show_reject(row: dict[str, Any], texts: list[str], keys: list[str]) -> tuple[str, list[str]]:
    fields = parse_masked_candidate(row["candidate"])
    written = "\n".join(f"{name}: {text}" if len(fields) > 1 else text for name, text in fields.items())
    why = MEANINGS.get(row["reason"], "") + (f": {mask_personal_data(row['detail'])}" if row["detail"] else "")
    return row["row_id"] or "", [written, why, *(_show(row[key]) for key in keys)]


def _show(value: Any) -> str:
    return "" if value is None else str(value)
