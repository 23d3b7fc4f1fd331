"""The command export: writes rows as files for other tools."""

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

import typer

from cli.console import err, out, print_json
from pedigree.workspace import find_workspace, parse_dataset


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(export)


def export(
    dataset: Annotated[str, typer.Argument(help="A dataset's name, or its recipe's path.")],
    rev: Annotated[
        str, typer.Option(help="A version (v1.2.0, latest), any commit, or 'workspace' for the working folder.")
    ] = "latest",
    to: Annotated[
        Path | None, typer.Option(help="A new or empty folder; DATASET-VERSION-FORMAT in this one if left out.")
    ] = None,
    format: Annotated[
        Literal["jsonl", "csv", "hub"],
        typer.Option(
            help="jsonl; csv, safe for spreadsheets; or hub, a folder that the Hugging Face hub takes as it is."
        ),
    ] = "jsonl",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Write the rows of a version as files for other tools."""
    from pedigree.dataset.output_files import SPLITS
    from pedigree.report.export.rows import export_rows
    from pedigree.versions.version_reader import open_version

    workspace = find_workspace()
    name = parse_dataset(workspace, dataset)
    with TemporaryDirectory(prefix="pedigree-") as folder:
        side = open_version(workspace, name, rev, Path(folder), SPLITS)
        exported = export_rows(side, format, to or Path(f"{name}-{side.name}-{format}"))
    if as_json:
        print_json(asdict(exported))
        return
    for path, facts in exported.files.items():
        rows = "" if facts["rows"] is None else f"{facts['rows']:,} rows, "
        out.print(f"{exported.folder}/{path}  {rows}{facts['bytes']:,} bytes", markup=False)
    for warning in exported.warnings:
        err.print(f"warning: {warning}", markup=False)
    if exported.warnings and "README.md" in exported.files:
        err.print(f"  to do: read the files as {exported.folder}/README.md shows", markup=False)
    out.print(f"exported {name} {exported.version} as {format}", markup=False)
