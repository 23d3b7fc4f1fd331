"""What the report shows of many labels at once, before a table of all of them is opened."""

from collections.abc import Sequence
from typing import Any

from pedigree.dataset.results import LabelEvidence
from pedigree.report import charts

MOST_UNFOLDED, SHOWN = 30, 10  # of more labels, tables of all are folded, and the first so many lines are shown


def select_of_many(checks: Sequence[LabelEvidence], coverage: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what the template needs: the limits, the labels with the lowest estimates, the least even coverage."""
    return {
        "most_unfolded": MOST_UNFOLDED,
        "most_bars": charts.MAX_BARS,
        "worst_bars": charts.WORST_BARS,
        "weakest": _list_weakest(checks),
        "least_covered": sorted(coverage, key=_rank_evenness)[:SHOWN],
    }


def _rank_evenness(line: dict[str, Any]) -> float:
    """Return evenness; below all of it for a line without rows, above all for one whose attribute has one value."""
    return line["evenness"] if line["evenness"] is not None else 2 if line["rows"] else -1


def _list_weakest(checks: Sequence[LabelEvidence]) -> list[str]:
    """Return the labels of which the first check says the lowest shares of right ones."""
    found = checks[0].by_label if checks else {}
    return sorted(found, key=lambda label: (found[label].share, label))[:SHOWN]
