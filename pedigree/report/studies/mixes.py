"""Synthetic rows beside real ones: macro-F1 by task and amount of real rows, with what the synthetic rows changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from pedigree.studies.settings import REAL, TEMPLATE, Study

Lines = list[dict[str, Any]]


def list_mixes(study: Study, rows: Sequence[Mapping[str, Any]]) -> Lines:
    """Return a line for each task and amount of real rows: macro-F1 of these alone, and with synthetic rows besides.

    ``rows`` are those of one student; figures are means over seeds, of the largest size. ``systems`` has macro-F1 and
    the gain over the real rows alone of each system, None where these were not tried. Amounts without a mix are left
    out.
    """
    lines = []
    for task in [one.name for one in study.tasks]:
        own = [row for row in rows if row["task"] == task]
        alone = _average([row for row in own if row["strategy"] == REAL])
        mixed = [row for row in own if row["strategy"] != REAL and row["size"] == study.sizes[-1]]
        for amount in sorted({row["real_rows"] for row in mixed}):
            of = {
                system: _average([row for row in mixed if row["system"] == system]).get(amount)
                for system in dict.fromkeys(row["system"] for row in mixed)
            }
            real = alone.get(amount)
            systems = {
                name: {"macro_f1": score, "gain": None if real is None else score - real}
                for name, score in of.items()
                if score is not None
            }
            lines.append({"task": task, "real_rows": amount, "real": real, "systems": systems})
    return lines


def _average(rows: Sequence[Mapping[str, Any]]) -> dict[int, float]:
    """Return the mean macro-F1 by amount of real rows."""
    groups: dict[int, list[float]] = {}
    for row in rows:
        groups.setdefault(row["real_rows"], []).append(row["macro_f1"])
    return {amount: sum(scores) / len(scores) for amount, scores in groups.items()}


def list_gains(study: Study, rows: Sequence[Mapping[str, Any]]) -> Lines:
    """Return what synthetic rows beside real ones changed, against as many real rows alone, by task and system."""
    return [
        {"amount": line["real_rows"], "gain": one["gain"], "task": line["task"], "system": system}
        for line in list_mixes(study, rows)
        for system, one in line["systems"].items()
        if one["gain"] is not None and system != TEMPLATE
    ]
