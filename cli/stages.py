"""The four stages of dvc.yaml, one command each. They publish nothing; all but generate cost nothing."""

from typing import Annotated

import typer

from cli.console import out, print_log_lines
from pedigree.workspace import find_workspace, parse_dataset

Dataset = Annotated[str, typer.Argument(help="A dataset's name, or its recipe's path.")]


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    for command in (generate, curate, validate, measure):
        app.command()(command)


def generate(
    dataset: Dataset,
    retry_failed: Annotated[bool, typer.Option(help="Ask again for what finally failed earlier.")] = False,
) -> None:
    """Ask the models for what is lacking: the only stage that costs."""
    from flows import stages

    print_log_lines()
    out.print(stages.generate(*_place(dataset), retry_failed=retry_failed), markup=False)


def curate(dataset: Dataset) -> None:
    """Parse, screen, balance and split what was generated."""
    from flows import stages

    print_log_lines()
    out.print(stages.curate(*_place(dataset)), markup=False)


def validate(
    dataset: Dataset,
    record: Annotated[bool, typer.Option("--record", help="Exit 0 where a gate failed: gates.json says it.")] = False,
) -> None:
    """Check the suite and the label distribution; exit 1 where a critical gate fails."""
    from flows import stages

    print_log_lines()
    stages.validate(*_place(dataset), out, record=record)


def measure(dataset: Dataset) -> None:
    """Measure the dataset and write metrics.json, manifest.json, plots/ and report.html."""
    from flows import stages

    print_log_lines()
    out.print(stages.measure(*_place(dataset)), markup=False)


def _place(dataset: str):
    workspace = find_workspace()
    return workspace, parse_dataset(workspace, dataset)
