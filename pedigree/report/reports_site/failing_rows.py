"""The texts of the rows that fail a gate, as a version has them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import polars as pl

from pedigree.dataset.output_files import SPLITS
from pedigree.errors import PedigreeError
from pedigree.report.reports_site.files import Source, scan_table
from pedigree.report.reports_site.row_search import OWN

MOST_SHOWN = 5


class FailingRow(NamedTuple):
    """A row that fails a gate; without its text where the table is not there or has no such row."""

    row_id: str
    label: str
    text: str


def list_failing_rows(source: Source, gate: Mapping[str, Any]) -> list[FailingRow]:
    """Return the first rows that a gate names, at most 5."""
    ids = gate.get("failing_row_ids")
    wanted = [one for one in ids if isinstance(one, str)][:MOST_SHOWN] if isinstance(ids, list) else []
    if not wanted:
        return []
    try:
        parts = [scan_table(source, split).filter(pl.col("row_id").is_in(wanted)).collect() for split in SPLITS]
    except (PedigreeError, OSError, pl.exceptions.PolarsError):
        parts = []
    rows = {row["row_id"]: row for part in parts for row in part.iter_rows(named=True)}
    return [FailingRow(one, str(rows[one]["label"]) if one in rows else "", _join(rows.get(one))) for one in wanted]


def _join(row: Mapping[str, Any] | None) -> str:
    return " · ".join(str(value) for name, value in (row or {}).items() if name not in OWN and value is not None)
