"""The command review: writes a sheet for reviewers, or imports a filled one."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.console import out
from pedigree.errors import CommandError
from pedigree.job import open_job
from pedigree.system.dataset_lock import hold_dataset
from pedigree.workspace import Workspace, find_workspace, parse_dataset

Evenly = Literal["label", "generator"]


def add_to(app: typer.Typer) -> None:
    """Add this group's command."""
    app.command()(review)


def review(
    dataset: Annotated[str, typer.Argument(help="A dataset's name, or its recipe's path.")],
    rows: Annotated[int, typer.Option(min=0, max=100_000, help="Rows to review.")] = 100,
    rejects: Annotated[int, typer.Option(min=0, max=100_000, help="Rejects to review.")] = 30,
    by: Annotated[
        Evenly | None,
        typer.Option(help="Draw rows evenly by it; at random if left out, which measures the share of correct rows."),
    ] = None,
    to: Annotated[Path | None, typer.Option(help="The sheet to write; review-DATASET.csv if left out.")] = None,
    take: Annotated[
        Path | None, typer.Option(help="A filled sheet; its decisions become an input of curation.")
    ] = None,
) -> None:
    """Write a sheet of rows and rejects for people to review, or import a filled one."""
    workspace = find_workspace()
    dataset = parse_dataset(workspace, dataset)
    if take and to:
        raise CommandError("--take and --to", expected="one of them", hint="write a sheet, fill it in, then take it")
    if take:
        _take(workspace, dataset, take)
    else:
        _write(workspace, dataset, to or Path(f"review-{dataset}.csv"), rows, rejects, by)


def _write(workspace: Workspace, dataset: str, to: Path, rows: int, rejects: int, by: Evenly | None) -> None:
    from pedigree.report.export.csv_sheet import write_sheet
    from tasks.review import draw_sheet, list_columns

    if to.exists():
        raise CommandError(
            f"{to} is there already", hint="import it with --take, move it away, or name another file with --to"
        )
    job = open_job(workspace, dataset)
    lines = draw_sheet(job, rows, rejects, by)
    if not lines:
        raise CommandError(f"{dataset} has no rows or rejects without a decision", hint="ask for more --rows")
    write_sheet(to, list_columns(job), lines)
    of_rows = sum(line["what"] == "row" for line in lines)
    out.print(f"wrote {to}: {of_rows:,} rows and {len(lines) - of_rows:,} rejects", markup=False)
    out.print(
        "\nIn a spreadsheet, fill in decision (accept, reject or relabel), new_label where you relabel, who, and why.\n"
        f"Lines without a decision change nothing. Then:\n  pedigree review {dataset} --take {to}",
        markup=False,
    )


def _take(workspace: Workspace, dataset: str, path: Path) -> None:
    from pedigree.report.export.csv_sheet import read_sheet
    from tasks.review import take_review

    with hold_dataset(workspace, dataset):
        taken = take_review.fn(open_job(workspace, dataset), read_sheet(path), str(path))
    new = ", ".join(f"{count:,} {decision}" for decision, count in taken.new.items()) or "nothing new"
    known = f"; {taken.known:,} were known already" if taken.known else ""
    out.print(f"took {new}{known}: {taken.path}, which recipes/{dataset}.yaml names", markup=False)
    out.print(
        f"\n  pedigree run {dataset}       makes the missing rows and publishes\n"
        "  dvc repro                 curates with it without any request; a gate fails if rows are missing",
        markup=False,
    )
