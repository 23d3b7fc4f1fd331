"""The commands that make a dataset: run, augment, preview."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console

from cli.check import find_recipe
from cli.console import err, format_usd, out, print_json, print_log_lines
from cli.server import reach_server
from pedigree.dataset.results import Distribution, GateResults, read_result
from pedigree.errors import CommandError, GateError
from pedigree.metrics.label_sets.counts import count_label_sets
from pedigree.recipe.overrides import Overrides
from pedigree.recipe.yaml_file import load_recipe
from pedigree.report.confused_labels import FEW_LABELS, list_confused, say_confused
from pedigree.report.distribution_tables import format_distribution
from pedigree.report.label_readings import format_readings
from pedigree.report.label_set_tables import MAX_SHOWN_SETS, format_set_counts
from pedigree.system.dataset_lock import hold_dataset, tell_wait
from pedigree.versions.growth import count_last_rows
from pedigree.workspace import Workspace
from tasks.augmentation import plan_augmentation

if TYPE_CHECKING:
    from flows.run_result import RunResult

RecipeName = Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe's path, or its dataset's name.")]
ModelName = Annotated[str | None, typer.Option("--model", help="Model of every generator. Written into the recipe.")]
Publish = Annotated[bool, typer.Option("--publish/--no-publish", help="Publish a version when the gates pass.")]
BudgetUsd = Annotated[
    float | None, typer.Option("--budget-usd", min=0, help="Maximum cost in USD. Written into the recipe.")
]
Push = Annotated[bool, typer.Option("--push/--no-push", help="Also push branch and tag to the git remote.")]
RetryFailed = Annotated[
    bool, typer.Option("--retry-failed/--no-retry-failed", help="Repeat requests that failed permanently.")
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(run)
    app.command()(augment)
    app.command()(preview)


def run(
    recipe: RecipeName,
    rows: Annotated[
        str | None, typer.Option(help="Rows wanted: a number, or +N for N more. Written into the recipe.")
    ] = None,
    model: ModelName = None,
    publish: Publish = True,
    budget_usd: BudgetUsd = None,
    push: Push = False,
    retry_failed: RetryFailed = False,
    as_json: AsJson = False,
) -> None:
    """Make a dataset and publish it as a version: the flow `synthesize`."""
    workspace, dataset = find_recipe(recipe)
    print_log_lines()
    tell_wait(workspace, dataset)
    with reach_server():
        from flows.synthesize import synthesize

        overrides = Overrides(_count_rows(workspace, dataset, rows), model, budget_usd)
        check_before_server(workspace, dataset, overrides, publish, push)
        parameters = {"rows": overrides.rows, "model": model, "budget_usd": budget_usd}
        run_and_print(workspace, dataset, synthesize, parameters, publish, push, retry_failed, as_json)


def augment(
    recipe: RecipeName,
    real: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Labelled rows written by people, below data/. Written into the recipe."),
    ] = None,
    fill_to: Annotated[
        int,
        typer.Option(
            min=0,
            max=1_000_000,
            help="Minimum rows of each label; 0: the count of the most frequent label, or of the recipe if higher.",
        ),
    ] = 0,
    labels: Annotated[
        Literal["", "every", "rare"],
        typer.Option(
            help="every: each label gets as many synthetic rows as the rarest needs; rare: only labels with fewer rows "
            "get any. If left out: every, but rare for a published dataset that fills up this set so.",
        ),
    ] = "",
    model: ModelName = None,
    publish: Publish = True,
    budget_usd: BudgetUsd = None,
    push: Push = False,
    retry_failed: RetryFailed = False,
    as_json: AsJson = False,
) -> None:
    """Fill up the rare labels of a real labelled set, and publish both as a version: the flow `augment`."""
    workspace, dataset = find_recipe(recipe)
    print_log_lines()
    tell_wait(workspace, dataset)
    with reach_server():
        from flows.augment import augment as augment_dataset

        plan = plan_augmentation(workspace, dataset, real or "", fill_to, labels)
        overrides = plan.make_overrides(model, budget_usd)
        check_before_server(workspace, dataset, overrides, publish, push)
        parameters = {"real": plan.real, "fill_to": fill_to, "labels": labels, "model": model, "budget_usd": budget_usd}
        run_and_print(workspace, dataset, augment_dataset, parameters, publish, push, retry_failed, as_json)


def check_before_server(workspace: Workspace, dataset: str, overrides: Overrides, publish: bool, push: bool) -> None:
    """Raise the error that would stop the run; the flow repeats these checks, but only after the server has started."""
    from flows.prepare import prepare

    overrides.check(workspace, dataset)
    with hold_dataset(workspace, dataset):
        prepare(workspace, dataset, overrides, publish, push, branch="")


def run_and_print(
    workspace: Workspace,
    dataset: str,
    flow: Callable[..., Any],
    parameters: Mapping[str, Any],
    publish: bool,
    push: bool,
    retry_failed: bool,
    as_json: bool,
) -> None:
    """Run a flow that makes a version, with the given parameters, and print its result."""
    from flows.run_result import call_flow

    given = {key: value for key, value in parameters.items() if value is not None}
    try:
        result = call_flow(flow, dataset, **given, publish_version=publish, push_git=push, retry_failed=retry_failed)
    except GateError:
        _show_distribution(workspace, dataset, err)
        err.print(f"report: data/{dataset}/report.html", markup=False)
        raise
    if as_json:
        print_json(asdict(result))
        return
    _show_distribution(workspace, dataset, out)
    for line in format_result(result, publish):
        out.print(line, markup=False)


def preview(
    recipe: RecipeName,
    label: Annotated[
        str | None,
        typer.Option(help="Label to show and ask for; the prompt of the first and rows of the first six if left out."),
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="Language to show, of a recipe of several; its first if left out.")
    ] = None,
    ask: Annotated[
        bool, typer.Option(help="Request one answer per generator and label; a run does not pay for it again.")
    ] = True,
) -> None:
    """Show the first prompt of each generator and the rows of its answers."""
    workspace, dataset = find_recipe(recipe)
    print_log_lines()
    from flows.preview import preview_dataset

    preview_dataset(workspace, dataset, label, ask, out, language)


def _show_distribution(workspace: Workspace, dataset: str, console: Console) -> None:
    folder = workspace.dataset_folder(dataset)
    distribution = read_result(Distribution, folder / "distribution.json")
    counts = count_label_sets(load_recipe(workspace.recipe_path(dataset)), distribution)
    if counts is None or len(distribution.labels) <= MAX_SHOWN_SETS:
        console.print(format_distribution(distribution))
    if counts is not None:
        console.print(format_set_counts(counts))
    for readings in read_result(GateResults, folder / "gates.json").readings:
        console.print(format_readings(readings))
    if len(distribution.labels) > FEW_LABELS:  # the tables above do not show all labels
        _show_confused(folder, console)


def _show_confused(folder: Path, console: Console) -> None:
    """Print the pairs of labels that are confused most, and lines for the recipe."""
    try:
        confused = json.loads((folder / "metrics.json").read_text(encoding="utf-8")).get("confused")
    except (OSError, ValueError):
        confused = None
    console.print(f"{say_confused(confused)}.", markup=False)
    for line in list_confused(confused):
        console.print(f"  {line}", markup=False)
    if confused and confused["lines"]:
        console.print(f"lines for the recipe, if the texts of these labels differ:\n{confused['lines']}", markup=False)


def _count_rows(workspace: Workspace, dataset: str, rows: str | None) -> int | None:
    """Return the rows to write into the recipe, if any; ``+N`` adds to those of the last version, not of the recipe."""
    if rows is None:
        return None
    if not re.fullmatch(r"\+?0*[1-9][0-9]{0,8}", rows):
        raise CommandError(
            f"--rows {rows}", expected="a number such as 1500, or +500 for 500 more than the last version"
        )
    return int(rows) + (count_last_rows(workspace, dataset) if rows.startswith("+") else 0)


def format_result(result: "RunResult", publish: bool) -> list[str]:
    """Return the lines about a finished run: what is known of the labels first, warnings last."""
    lines = [
        "labels: " + "\n  ".join(result.labels_checked["sentences"]),
        f"{result.dataset}: {result.rows:,} rows, {result.rejects_told}; {result.stop}",
        f"asked for now: {result.asked_now:,} completions, {result.tokens_now:,} tokens, "
        f"{format_usd(result.usd_now)}; from the ledger: {result.held:,}",
        *([f"weights: {result.weights}"] if result.weights else []),
        *([result.diversity] if result.diversity else []),
        f"report: {result.report}",
    ]
    if result.version:
        what = f" ({result.change})" if result.change else ""
        lines.append(f"version: {result.version}{what}")
    elif publish:
        lines.append("version: none new, the content equals that of the last one")
    else:
        lines.append("version: none, as --no-publish was given")
    if result.warnings:
        lines.append("WARNING: read this before you use the rows:")
    return [*lines, *(f"  warning: {warning}" for warning in result.warnings)]
