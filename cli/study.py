"""The command study: many datasets that differ in task, strategy, model, size and seed, made and compared as one."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from cli.console import out, print_json, print_log_lines
from cli.server import reach_server
from pedigree.workspace import find_workspace

if TYPE_CHECKING:
    from tasks.study.results import StudyResult


def add_to(app: typer.Typer) -> None:
    """Add this group's command."""
    app.command()(study)


def study(
    file: Annotated[str, typer.Argument(metavar="STUDY", help="A study's file, or its name.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell its datasets, and what is missing.")] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed/--no-retry-failed", help="Repeat requests that failed permanently.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Make every dataset of a study, train students on them and on people's rows, and compare them."""
    from pedigree.studies.study_file import find_study, load_study
    from tasks.study.check import list_findings, plan_recipes, require_files

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
    print_log_lines()
    with reach_server():
        from flows.run_result import call_flow
        from flows.study import require_whole
        from flows.study import study as make

        result = call_flow(make, found.study.study, retry_failed)
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
    out.print(f"kept in {result.folder}", markup=False)
