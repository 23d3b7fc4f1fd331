"""The commands of the ledger: show, check, export, import."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cli.console import out, print_json
from pedigree.errors import LedgerError
from pedigree.workspace import find_workspace

app = typer.Typer(no_args_is_help=True, help="Completions received from models: show, check, export, import.")


def add_to(parent: typer.Typer) -> None:
    """Add this group as ``pedigree ledger``."""
    parent.add_typer(app, name="ledger")


@app.command()
def show(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Show the content of the ledger, one line per model."""
    from pedigree.ledger.import_export import sum_by_model
    from pedigree.ledger.ledger import Ledger

    ledger = Ledger(find_workspace().ledger)
    figures = sum_by_model(ledger)
    if as_json:
        print_json([asdict(one) for one in figures])
        return
    for one in figures:
        cost = "cost unknown" if one.cost_usd is None else f"{one.cost_usd:.4f} USD"
        out.print(
            f"{one.model}: {one.answers:,} answers, {one.failures:,} failures, {one.tokens:,} tokens, {cost}",
            markup=False,
        )
    out.print(f"{len(ledger):,} completions in {ledger.segments:,} segments", markup=False)
    if ledger.lost:
        out.print(
            f"{len(ledger.lost):,} requests were in flight when their run was stopped or died; "
            "they may have been paid for",
            markup=False,
        )


@app.command()
def check() -> None:
    """Read every record and report torn (harmless), damaged and unreadable ones; exit 2 unless all are harmless."""
    from pedigree.ledger.ledger import Ledger
    from pedigree.ledger.ledger_check import RESTORE

    ledger = Ledger(find_workspace().ledger)
    for trouble in ledger.problems:
        out.print(str(trouble), markup=False)
    if harmful := [trouble for trouble in ledger.problems if not trouble.harmless]:
        unread = sum(trouble.kind == "unread" for trouble in harmful)
        damaged = len(harmful) - unread
        found = [f"{damaged:,} damaged record{'s' * (damaged != 1)}"] * bool(damaged)
        found += [f"{unread:,} segment{'s' * (unread != 1)} that can't be read"] * bool(unread)
        whole = len(ledger)
        raise LedgerError(
            f"{', '.join(found)}; {whole:,} completion{'s are' if whole != 1 else ' is'} whole",
            hint=f"{RESTORE}; damaged ones are asked for again by the next run that needs them",
        )
    out.print(f"{len(ledger):,} completions in {ledger.segments:,} segments: all whole", markup=False)


@app.command()
def export(file: Annotated[Path, typer.Argument(help="File to write, one completion per line (JSON).")]) -> None:
    """Write every completion to a file."""
    from pedigree.ledger.import_export import export_ledger
    from pedigree.ledger.ledger import Ledger

    out.print(f"wrote {export_ledger(Ledger(find_workspace().ledger), file):,} completions to {file}", markup=False)


@app.command("import")
def import_file(file: Annotated[Path, typer.Argument(help="An exported file, or a completions.parquet.")]) -> None:
    """Import completions that another ledger holds, so that they are not requested again."""
    from pedigree.ledger.import_export import import_completions
    from pedigree.ledger.ledger import Ledger

    with Ledger(find_workspace().ledger) as ledger:
        new, total = import_completions(ledger, file)
    out.print(f"{new:,} of {total:,} completions were new", markup=False)
