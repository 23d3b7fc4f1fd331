"""The command optimise: searches for the instructions of a generator."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from cli.check import find_recipe
from cli.console import format_usd, out, print_json, print_log_lines
from cli.server import reach_server
from pedigree.job import open_job
from pedigree.report.search_rounds import HEADER, RULE, format_search, list_cells

if TYPE_CHECKING:
    from flows.optimise import Optimised


def add_to(app: typer.Typer) -> None:
    """Add this group's command."""
    app.command()(optimise)


def optimise(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe's path, or its dataset's name.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Search and show, but leave the recipe as it is. Calls are paid for.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Search for instructions by which a generator's rows are hardest to tell from people's: the flow `optimise`."""
    workspace, dataset = find_recipe(recipe)
    print_log_lines()
    from tasks.optimising.search import check_search_job

    check_search_job(open_job(workspace, dataset))  # the flow checks it again, but only after the server has started
    with reach_server():
        from flows.optimise import optimise as search
        from flows.run_result import call_flow

        found = call_flow(search, dataset, write=not dry_run)
    if as_json:
        print_json(asdict(found))
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in HEADER:
        table.add_column(Text(name), overflow="fold")
    for cells in list_cells(found.record):
        table.add_row(*map(Text, cells))
    out.print(table)
    for line in [f"{RULE}.", "", *format_search(found.record), *_format_written(found, dry_run)]:
        out.print(line, markup=False)


def _format_written(found: "Optimised", dry_run: bool) -> list[str]:
    written = "nothing is written"
    if found.path:
        written = (
            f"written into the recipe: 'instructions' of generator {found.record['generator']}; record: {found.path}"
        )
    elif dry_run and found.record["chosen"]:
        written += ", as --dry-run was given; without it, nothing is asked for again"
    return [written, f"asked for now: {found.asked_now:,} completions, {format_usd(found.usd_now)}"]
