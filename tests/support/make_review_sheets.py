"""Sheets filled in as people fill them in, for tests of the review."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pedigree.dataset.review_decisions import Decision

Filler = Callable[[dict[str, str]], dict[str, str] | None]


def decide(row_id: str, decision: str, **said: Any) -> Decision:
    """Return a decision of Ann's about a row of the label ``cat``, unless told otherwise."""
    usual = {"label": "cat", "who": "Ann", "why": "I read it"}
    return Decision(**{**usual, **said, "row_id": row_id, "decision": decision})


def fill_sheet(path: Path, fill: Filler, encoding: str = "utf-8-sig", delimiter: str = ",") -> Path:
    """Fill in each line of a sheet with what ``fill`` says of it, and save it as a spreadsheet would."""
    lines = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(lines[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(line | (fill(line) or {}) for line in lines)
    path.write_bytes(out.getvalue().encode(encoding, "replace"))
    return path
