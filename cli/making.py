"""Commands that make a dataset: run, preview."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console

from cli.console import err, out, print_json, say_news, say_usd
from cli.server import reach_server
from pedigree.atomic import replacing
from pedigree.distribution_text import format_distribution
from pedigree.errors import CommandError, GateError
from pedigree.growth import count_last_rows
from pedigree.job import open_job
from pedigree.readiness import check_ready
from pedigree.recipe import Recipe
from pedigree.recipe_file import load_recipe, set_keys, state_tracked_keys
from pedigree.results import Distribution, read_result
from pedigree.workspace import Workspace, dataset_of, find_workspace

RecipeName = Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe's path, or its dataset's name.")]


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(run)
    app.command()(preview)


def run(
    recipe: RecipeName,
    rows: Annotated[
        str | None, typer.Option(help="Rows wanted: a number, or +N for N more. Written into the recipe.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Model of every generator. Written into the recipe.")] = None,
    publish: Annotated[bool, typer.Option(help="Publish a version when the gates pass.")] = True,
    push: Annotated[bool, typer.Option(help="Push branch and tag to the git remote, too.")] = False,
    retry_failed: Annotated[bool, typer.Option(help="Ask again for what finally failed earlier.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Make a dataset and publish it as a version: the flow `synthesize`."""
    workspace = find_workspace()
    dataset = dataset_of(workspace, recipe)
    say_news()
    with reach_server():
        from flows.synthesize import synthesize
        from tasks.check import check_start

        with _overriding(workspace, dataset, rows, model):
            job = open_job(workspace, dataset)
            if publish:
                check_ready(workspace.root, dataset, push)
            check_start(job)  # the flow asks all this again, but only once there is a server
        try:
            outcome = synthesize(dataset, publish_version=publish, push_git=push, retry_failed=retry_failed)
        except GateError:
            _show_distribution(workspace, dataset, err)
            err.print(f"report: data/{dataset}/report.html", markup=False)
            raise
    if as_json:
        print_json(asdict(outcome))
        return
    _show_distribution(workspace, dataset, out)
    for line in _describe(outcome):
        out.print(line, markup=False)


def preview(
    recipe: RecipeName,
    label: Annotated[str | None, typer.Option(help="Label to show; the first of the recipe if left out.")] = None,
    ask: Annotated[
        bool, typer.Option(help="Ask the model for one answer per generator; a run does not pay for it again.")
    ] = True,
) -> None:
    """Show what is said to each model, and a few rows of what it answers."""
    workspace = find_workspace()
    dataset = dataset_of(workspace, recipe)
    say_news()
    from flows.preview import preview_dataset

    preview_dataset(workspace, dataset, label, ask, out)


def _show_distribution(workspace: Workspace, dataset: str, console: Console) -> None:
    console.print(format_distribution(read_result(Distribution, workspace.data(dataset) / "distribution.json")))


@contextmanager
def _overriding(workspace: Workspace, dataset: str, rows: str | None, model: str | None) -> Iterator[None]:
    """Write what the command line overrides, and every key that DVC tracks, into a recipe; undo it where the block fails."""
    path = workspace.recipe(dataset)
    recipe, before = load_recipe(path), path.read_bytes()
    if changes := _read_overrides(recipe, count_last_rows(workspace, dataset), rows, model):
        wanted = set_keys(path, changes).rows
    try:
        yield
        stated = state_tracked_keys(path)
    except BaseException:
        if path.read_bytes() != before:
            with replacing(path) as beside:
                beside.write_bytes(before)
        raise
    if "rows" in changes:
        err.print(f"recipes/{path.name} now wants {wanted:,} rows", markup=False)
    if stated:
        err.print(f"recipes/{path.name} now states {', '.join(stated)} (with the defaults)", markup=False)


def _read_overrides(recipe: Recipe, last_rows: int, rows: str | None, model: str | None) -> dict[str, Any]:
    """Return the keys to change. ``+N`` adds to the last version's rows: typed again after a crash, it says the same."""
    changes = {}
    if rows is not None:
        if not re.fullmatch(r"\+?0*[1-9][0-9]{0,8}", rows):
            raise CommandError(
                f"--rows {rows}", expected="a number such as 1500, or +500 for 500 more than the last version"
            )
        changes["rows"] = int(rows) + (last_rows if rows.startswith("+") else 0)
    if model is not None:
        changes |= {f"generators.{place}.model": model for place in range(len(recipe.generators))}
    return changes


def _describe(outcome) -> list[str]:
    lines = [
        f"{outcome.dataset}: {outcome.rows:,} rows, {outcome.rejects:,} rejects; {outcome.stop}",
        f"asked for now: {outcome.asked_now:,} completions, {outcome.tokens_now:,} tokens, {say_usd(outcome.usd_now)}; "
        f"from the ledger: {outcome.held:,}",
        *(f"warning: {warning}" for warning in outcome.warnings),
        f"report: {outcome.report}",
    ]
    if outcome.version:
        what = f" ({outcome.change})" if outcome.change else ""
        return [*lines, f"version: {outcome.version}{what}"]
    return [*lines, "version: none new, the content is that of the last one"]
