"""The command study: many datasets that differ in task, strategy, model, size and seed, made and compared as one."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from cli.console import out, print_json, print_log_lines
from cli.estimate import format_limit
from cli.server import reach_server
from pedigree.errors import RecipeError
from pedigree.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pedigree.recipe.schema import Recipe
    from pedigree.studies.cells import Cell
    from pedigree.studies.study_file import StudyFile
    from tasks.study.results import StudyResult


def add_to(app: typer.Typer) -> None:
    """Add this group's command."""
    app.command()(study)


def study(
    file: Annotated[str, typer.Argument(metavar="STUDY", help="A study's file, or its name.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell its datasets, and what is missing.")] = False,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Only estimate calls, tokens and cost. Calls no model.")
    ] = False,
    publish: Annotated[
        bool, typer.Option("--publish/--no-publish", help="Publish the results as a version of study-NAME.")
    ] = True,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed/--no-retry-failed", help="Repeat requests that failed permanently.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Make every dataset of a study, train students on them and on people's rows, and compare them."""
    from pedigree.studies.study_file import find_study, load_study
    from tasks.study.check import list_findings, plan_recipes, require_files
    from tasks.study.publish import check_publishable

    workspace = find_workspace()
    found = load_study(find_study(workspace, file))
    recipes = plan_recipes(found, workspace)
    if dry_run:
        for finding in list_findings(found, workspace, recipes):
            out.print(f"{finding.level}: {finding.found}", markup=False)
        for cell in recipes:
            out.print(cell.said, markup=False)
        require_files(found, workspace, recipes)
        return
    require_files(found, workspace, recipes)
    if estimate:
        _estimate(workspace, found, recipes, as_json)
        return
    if publish:
        check_publishable(workspace, found)
    print_log_lines()
    with reach_server():
        from flows.run_result import call_flow
        from flows.study import require_whole
        from flows.study import study as make

        result = call_flow(make, found.study.study, publish, retry_failed)
    if as_json:
        print_json(dict(result.comparison))
    else:
        _show(result)
    require_whole(result)


def _show(result: "StudyResult") -> None:
    for student, found in result.comparison["students"].items():
        table = Table(box=SIMPLE_HEAD, pad_edge=False, title=f"macro-F1 of {student}", title_justify="left")
        systems = list(dict.fromkeys(one["system"] for one in found["systems"]))
        for name in ("task", *systems):
            table.add_column(Text(name), justify="left" if name == "task" else "right")
        for task in dict.fromkeys(one["task"] for one in found["systems"]):
            of = {one["system"]: one for one in found["systems"] if one["task"] == task}
            cells = [f"{of[name]['macro_f1']:.3f}" if name in of else "–" for name in systems]
            table.add_row(Text(task), *cells)
        out.print(table)
    for line in result.sentences:
        out.print(line, markup=False)
    out.print(f"page: {result.folder}/report.html; the table: results.csv, .json and .parquet beside it", markup=False)
    if result.version:
        out.print(f"version: {result.version}", markup=False)


def _estimate(workspace: Workspace, file: "StudyFile", recipes: "Mapping[Cell, Recipe]", as_json: bool) -> None:
    from tasks.study.estimate import estimate_study

    found = estimate_study(workspace, file.study.budget, recipes)
    if as_json:
        print_json(asdict(found))
    else:
        table = Table(box=None, pad_edge=False, header_style="")
        for name in ("task", "model", "datasets", "calls", "held", "tokens in", "tokens out", "USD"):
            table.add_column(name, justify="left" if name in ("task", "model") else "right")
        for bill in (*found.bills, found.total):
            counts = (f"{getattr(bill, name):,}" for name in ("datasets", "calls", "held", "tokens_in", "tokens_out"))
            usd = "unknown" if bill.usd is None else f"{bill.usd:.4f}"
            table.add_row(Text(bill.task), Text(bill.model), *counts, usd)
        out.print(table)
        out.print(
            f"\n{len(recipes):,} datasets; a smaller size is the beginning of the larger one\n\nbudget", markup=False
        )
        for limit in found.budget:
            out.print(format_limit(limit), markup=False)
        if not found.budget:
            out.print("  no limits", markup=False)
    if short := [limit for limit in found.budget if limit.is_hopeless]:
        raise RecipeError(
            f"{file.path}: the budget is far too small: {'; '.join(format_limit(one).strip() for one in short)}",
            hint="raise the budget, or name fewer sizes, seeds or tasks: it would stop in the middle",
        )
