"""Collects the results of a study: its table, what it found, and its page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from pedigree.dataset.results import write_result
from pedigree.studies.cells import Cell
from pedigree.studies.comparison import compare
from pedigree.studies.output_files import COMPARISON, find_results, write_results
from pedigree.studies.study_file import StudyFile
from pedigree.studies.table import tabulate
from pedigree.workspace import Workspace
from tasks.ui.step import step


@dataclass(frozen=True)
class StudyResult:
    """What a study brought; ``failed`` are the datasets that could not be made, with the reason."""

    study: str
    datasets: int
    failed: tuple[str, ...]
    table: pl.DataFrame
    comparison: Mapping[str, Any]
    folder: str


@step("results")
def collect_results(
    workspace: Workspace,
    file: StudyFile,
    cells: Mapping[Cell, Mapping[str, Any]],
    models: Mapping[Cell, str],
    people: Mapping[tuple[str, int], Mapping[str, Any]],
) -> StudyResult:
    """Write the results of a study below data/study-NAME/ and return them; equal cells give equal bytes."""
    table = tabulate(file.study, cells, models, people)
    found = compare(file.study, table, cells, people)
    folder = find_results(workspace, file.study.study)
    write_results(folder, table)
    write_result(found, folder / COMPARISON)
    return StudyResult(
        file.study.study,
        len(cells),
        tuple(f"{cell.said}: {one['why']}" for cell, one in cells.items() if one["status"] != "made"),
        table,
        found,
        workspace.relative_path(folder),
    )
