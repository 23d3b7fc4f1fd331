"""The commands of the four stages of dvc.yaml. None publishes; only generate costs money."""

from typing import Annotated

import typer

from cli.check import find_recipe
from cli.console import out, print_log_lines
from pedigree.system.helper_process import start_helper

Dataset = Annotated[str, typer.Argument(help="A dataset's name, or its recipe's path.")]


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    for command in (generate, curate, validate, measure):
        app.command()(command)


def generate(
    dataset: Dataset,
    retry_failed: Annotated[bool, typer.Option(help="Repeat requests that failed permanently.")] = False,
) -> None:
    """Request the missing completions from the models: the only stage that costs money."""
    found = find_recipe(dataset)
    print_log_lines()
    from flows import stages

    out.print(stages.generate(*found, retry_failed=retry_failed), markup=False)


def curate(dataset: Dataset) -> None:
    """Parse, screen, balance and split the completions."""
    found = find_recipe(dataset)
    print_log_lines()
    from flows import stages

    out.print(stages.curate(*found), markup=False)


def validate(
    dataset: Dataset,
    record: Annotated[
        bool, typer.Option("--record", help="Exit 0 even if a gate failed; gates.json records it.")
    ] = False,
) -> None:
    """Check the suite and the label distribution; exit 1 if a critical gate fails."""
    found = find_recipe(dataset)
    print_log_lines()
    from flows import stages

    stages.validate(*found, out, record=record)


def measure(dataset: Dataset) -> None:
    """Measure the dataset and write metrics.json, manifest.json, plots/ and report.html."""
    found = find_recipe(dataset)
    print_log_lines()
    start_helper("pedigree.report.html:bundle_vega")  # in this process no Ctrl+C would be heard meanwhile
    from flows import stages

    out.print(stages.measure(*found), markup=False)
