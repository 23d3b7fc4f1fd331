"""Collects the results of a study: its table, what it found, and its page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from pedigree.dataset.results import write_result
from pedigree.dataset.schemas import read_table
from pedigree.dataset.usage import AMOUNTS, sum_known
from pedigree.report.markdown import escape_markdown
from pedigree.report.studies.page import write_page
from pedigree.report.studies.sentences import describe_findings
from pedigree.studies.cells import Cell
from pedigree.studies.comparison import compare
from pedigree.studies.output_files import COMPARISON, REPORT, find_results, name_dataset, write_results
from pedigree.studies.study_file import StudyFile
from pedigree.studies.table import tabulate
from pedigree.workspace import Workspace
from tasks.study.cell import find_cell
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
    sentences: tuple[str, ...] = ()
    version: str | None = None


@step("results")
def collect_results(
    workspace: Workspace,
    file: StudyFile,
    cells: Mapping[Cell, Mapping[str, Any]],
    models: Mapping[Cell, str],
    people: Mapping[tuple[str, int], Mapping[str, Any]],
) -> StudyResult:
    """Write the results of a study below data/study-NAME/ and return them; equal cells give equal bytes."""
    study = file.study
    table = tabulate(study, cells, models, people)
    found = {**compare(study, table, cells, people), "cost": _count_cost(workspace, study.study, cells)}
    folder = find_results(workspace, study.study)
    write_results(folder, table)
    write_result(found, folder / COMPARISON)
    write_page(study, table, found, folder / REPORT)
    return StudyResult(
        study.study,
        len(cells),
        tuple(f"{cell.said}: {one['why']}" for cell, one in cells.items() if one["status"] != "made"),
        table,
        found,
        workspace.relative_path(folder),
        tuple(f"{name}: {sentence}" for name, one in found["students"].items() for sentence in describe_findings(one)),
    )


@step("show study")
def show_study(result: StudyResult) -> None:
    """Show the F1 of each task and system as a table artifact of the flow run, whose cells are Markdown and HTML."""
    from prefect.artifacts import create_table_artifact

    lines, dataset = [], name_dataset(result.study)
    for student, found in result.comparison["students"].items():
        for task in dict.fromkeys(one["task"] for one in found["systems"]):
            own = {one["system"]: one for one in found["systems"] if one["task"] == task}
            cells = {
                name: f"{one['macro_f1']:.3f} ({one['low']:.3f} to {one['high']:.3f})" for name, one in own.items()
            }
            lines.append({"student": student, "task": task, **cells})
    create_table_artifact(
        [{name: escape_markdown(cell) for name, cell in line.items()} for line in lines],
        key=f"{dataset}-results",
        description="  \n".join(
            [
                f"Macro-F1 by task and system; {result.folder}/report.html says what it rests on",
                *map(escape_markdown, result.sentences),
                *(escape_markdown(f"failed: {one}") for one in result.failed),
            ]
        ),
    )


def _count_cost(workspace: Workspace, study: str, cells: Mapping[Cell, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the cells that were made used: completions that several share are counted once."""
    made = [cell for cell, found in cells.items() if found["status"] == "made"]
    tables = [
        read_table(find_cell(workspace, study, cell.name).table(cell.task, "completions")).select(
            "completion_id", "tokens_in", "tokens_out", "cost_usd"
        )
        for cell in made
    ]
    if not tables:
        return {"calls": 0, "tokens_in": 0, "tokens_out": 0, "usd": 0.0}
    every = pl.concat(tables).unique("completion_id").sort("completion_id")
    usage = every.select(sum_known(name) for name in AMOUNTS).row(0, named=True)
    return {
        "calls": every.height,
        "tokens_in": usage["tokens_in"],
        "tokens_out": usage["tokens_out"],
        "usd": None if usage["cost_usd"] is None else round(usage["cost_usd"], 6),
    }
