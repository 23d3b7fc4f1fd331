"""The command review: writes a sheet for reviewers, imports a filled one, or compares two."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.console import out, print_log_lines
from pedigree.errors import CommandError
from pedigree.job import Job, open_job
from pedigree.metrics.review.agreement import Agreement
from pedigree.system.dataset_lock import hold_dataset
from pedigree.workspace import Workspace, find_workspace, parse_dataset

Evenly = Literal["label", "generator"]
ROWS, REJECTS = 100, 30
MAX_CONFLICTS = 20  # shown


def add_to(app: typer.Typer) -> None:
    """Add this group's command."""
    app.command()(review)


def review(
    dataset: Annotated[str, typer.Argument(help="A dataset's name, or its recipe's path.")],
    sample: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=100_000,
            help="Draw so many rows at random within labels: it tells how many labels are right.",
        ),
    ] = None,
    rows: Annotated[
        int | None, typer.Option(min=0, max=100_000, help="Rows, some of which look wrong; 100 if left out.")
    ] = None,
    rejects: Annotated[
        int | None, typer.Option(min=0, max=100_000, help="Rejects to review; 30 if left out, none with --sample.")
    ] = None,
    by: Annotated[Evenly | None, typer.Option(help="Draw rows evenly by it, not at random.")] = None,
    to: Annotated[Path | None, typer.Option(help="The sheet to write; review-DATASET.csv if left out.")] = None,
    take: Annotated[
        Path | None, typer.Option(help="A filled sheet; its decisions become an input of curation.")
    ] = None,
    page: Annotated[
        bool, typer.Option("--page", help="Decide in the browser; goes on with the sheet if it is there already.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page; any free one if left out.")] = 0,
    agreement: Annotated[
        tuple[Path, Path] | None, typer.Option(help="Two people's sheets of the same rows: how far they agree.")
    ] = None,
) -> None:
    """Write a sheet of rows and rejects for people to review, show it in the browser, or import a filled one."""
    workspace = find_workspace()
    dataset = parse_dataset(workspace, dataset)
    if sum(map(bool, (take, to, agreement))) > 1:
        raise CommandError(
            "--take, --to and --agreement", expected="one of them", hint="write a sheet, fill it in, then take it"
        )
    if page and (take or agreement):
        raise CommandError("--page with --take or --agreement", hint="decide on the page, then take the sheet")
    if sample and (rows is not None or by):
        raise CommandError("--sample with --rows or --by", hint="draw two sheets, and name one with --to")
    if take:
        _take(workspace, dataset, take)
    elif agreement:
        _compare(open_job(workspace, dataset), agreement)
    else:
        job, to = open_job(workspace, dataset), to or Path(f"review-{dataset}.csv")
        if not (page and to.exists()):
            _write(job, to, sample, ROWS if rows is None else rows, rejects, by)
        if page:
            from cli.review_page import serve_review_page

            serve_review_page(job, to, port)
        else:
            out.print(
                "\nIn a spreadsheet, fill in decision (accept, reject or relabel), new_label where you relabel, who, "
                f"and why.\nLines without a decision change nothing. Then:\n  pedigree review {dataset} --take {to}\n"
                "Or decide in the browser: the same command with --page.",
                markup=False,
            )


def _write(job: Job, to: Path, sample: int | None, rows: int, rejects: int | None, by: Evenly | None) -> None:
    from pedigree.report.export.csv_sheet import write_sheet
    from tasks.review import draw_rejects, draw_sample, draw_sheet, list_columns

    if to.exists():
        raise CommandError(
            f"{to} is there already",
            hint="go on with it in the browser with --page, import it with --take, or name another file with --to",
        )
    if sample:
        lines = draw_sample(job, sample) + draw_rejects(job, rejects or 0)
    else:
        lines = draw_sheet(job, rows, REJECTS if rejects is None else rejects, by)
    if not lines:
        raise CommandError(f"{job.dataset} has no rows or rejects without a decision", hint="ask for more --rows")
    write_sheet(to, list_columns(job), lines)
    of_rows = sum(line["what"] == "row" for line in lines)
    out.print(f"wrote {to}: {of_rows:,} rows and {len(lines) - of_rows:,} rejects", markup=False)


def _take(workspace: Workspace, dataset: str, path: Path) -> None:
    from pedigree.report.export.csv_sheet import read_sheet
    from tasks.review import take_review

    print_log_lines()  # such as that it waits
    with hold_dataset(workspace, dataset):
        taken = take_review.fn(open_job(workspace, dataset), read_sheet(path), str(path))
    new = ", ".join(f"{count:,} {decision}" for decision, count in taken.new.items()) or "nothing new"
    known = f"; {taken.known:,} were known already" if taken.known else ""
    out.print(f"took {new}{known}: {taken.path}, which recipes/{dataset}.yaml names", markup=False)
    if taken.open:
        out.print(
            f"{taken.open:,} rows drawn at random have no decision: the share of right labels is estimated once the "
            "decided rows are the sheet's first ones, or all",
            markup=False,
        )
    for agreement in taken.agreements:
        _show_agreement(agreement, "; the decision that was taken last counts")
    out.print(
        f"\n  pedigree run {dataset}       makes the missing rows and publishes\n"
        "  dvc repro                 curates with it without any request; a gate fails if rows are missing",
        markup=False,
    )


def _compare(job: Job, paths: tuple[Path, Path]) -> None:
    from pedigree.report.export.csv_sheet import read_sheet
    from tasks.review import compare_sheets

    agreement = compare_sheets(job, [(str(path), read_sheet(path)) for path in paths])
    if not agreement.rows:
        raise CommandError("no row has a decision in both sheets", hint="give two people the same sheet to fill in")
    _show_agreement(agreement)


def _show_agreement(agreement: Agreement, note: str = "") -> None:
    """Print a sentence, and the rows that two people decided differently."""
    out.print(agreement.describe(), markup=False)
    if agreement.conflicts:
        out.print(f"{len(agreement.conflicts):,} rows in conflict{note}:", markup=False)
    for row_id, one, other in agreement.conflicts[:MAX_CONFLICTS]:
        out.print(f"  {row_id[:16]}  {agreement.people[0]}: {one}; {agreement.people[1]}: {other}", markup=False)
    if (more := len(agreement.conflicts) - MAX_CONFLICTS) > 0:
        out.print(f"  and {more:,} more", markup=False)
