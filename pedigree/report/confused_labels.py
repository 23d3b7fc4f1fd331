"""The words for pairs of labels that are taken for each other: for the report, the card and the terminal."""

from collections.abc import Mapping
from typing import Any

FEW_LABELS = 10  # of so many the matrices show every pair
MAX_SHOWN = 5


def say_confused(confused: Mapping[str, Any] | None) -> str:
    """Return a sentence without a full stop; ``confused`` is the entry of metrics.json, which old versions lack."""
    if not confused or not confused["sources"]:
        return "Which labels are confused is unknown: no judge and no classifier has read any row"
    read = "; ".join(f"{one['rests_on']} ({one['rows']:,} rows)" for one in confused["sources"])
    if not confused["pairs"]:
        return f"None found: no two labels are confused on two rows or more. Read were: {read}"
    shown = len(confused["pairs"])
    of = f"; the first {shown} are listed" if confused["found"] > shown else ""
    many = "pair of labels is" if confused["found"] == 1 else "pairs of labels are"
    return f"{confused['found']:,} {many} confused on two rows or more{of}. Read were: {read}"


def list_confused(confused: Mapping[str, Any] | None, most: int = MAX_SHOWN) -> list[str]:
    """Return a line for each of the first pairs: both labels, and how many rows each source confused."""
    return [
        f"{' and '.join(pair['labels'])}: "
        + ", ".join(f"{sum(rows):,} by {name}" for name, rows in pair["by"].items())
        + ("" if pair["unlike"] else ", not yet unlike each other")
        for pair in (confused["pairs"][:most] if confused else [])
    ]
