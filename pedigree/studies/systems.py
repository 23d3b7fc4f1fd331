"""The systems of a study: real rows, and each strategy with a model; which trials of a task are theirs."""

from collections.abc import Mapping
from typing import Any

from pedigree.studies.cells import Cell
from pedigree.studies.settings import REAL, TEMPLATE, Study

People = Mapping[tuple[str, int], Mapping[str, Any]]  # (task, seed) -> real-only baseline
Trials = list[tuple[int, Mapping[str, Any]]]  # seed, trial


def name_system(strategy: str, model: str, models: int) -> str:
    """Return what a strategy with a model is called; the model is left out where a study has one alone."""
    return strategy if strategy in (REAL, TEMPLATE) or models == 1 else f"{strategy}, {model}"


def find_whole(people: Mapping[str, Any], student: str) -> Mapping[str, Any] | None:
    """Return the trial of a student that learned all real rows of a task; None where it could not."""
    found = [
        one
        for one in people["trials"]
        if one["student"] == student and one["real"] == people["real_rows"] and one["predicted"] is not None
    ]
    return found[0] if found else None


def group_trials(
    study: Study, cells: Mapping[Cell, Mapping[str, Any]], people: People, student: str
) -> dict[tuple[str, str], Trials]:
    """Return (task, system) -> trials, one a seed: of all real rows, or of the largest size without real rows."""
    groups: dict[tuple[str, str], Trials] = {}
    for (task, seed), found in people.items():
        if whole := find_whole(found, student):
            groups.setdefault((task, REAL), []).append((seed, whole))
    for cell, found in cells.items():
        if cell.size != study.sizes[-1] or found["status"] != "made":
            continue
        for trial in found["trials"]:
            if trial["student"] == student and trial["real"] == 0 and trial["predicted"] is not None:
                name = name_system(cell.strategy, cell.model, len(study.models))
                groups.setdefault((cell.task, name), []).append((cell.seed, trial))
    return groups
