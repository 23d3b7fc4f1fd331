"""The command export: writes rows as files for other tools."""

from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.console import err, out, print_json
from cli.dataset_name import read_version
from pedigree.errors import CommandError
from pedigree.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    from pedigree.report.export.rows import Exported


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(export)


def export(
    dataset: Annotated[
        str, typer.Argument(help="A dataset's name, its recipe's path, or a version such as NAME@v1.2.0.")
    ],
    rev: Annotated[
        str, typer.Option(help="A version (v1.2.0, latest), any commit, or 'workspace' for the working folder.")
    ] = "latest",
    to: Annotated[
        Path | None, typer.Option(help="A new or empty folder; DATASET-VERSION-FORMAT in this one if left out.")
    ] = None,
    format: Annotated[
        Literal["jsonl", "csv", "hub", "bio"],
        typer.Option(
            help="jsonl; csv, safe for spreadsheets; hub, a folder that the Hugging Face hub takes as it is; or bio, "
            "tokens and tags of the spans of slots (docs/slots.md)."
        ),
    ] = "jsonl",
    with_real: Annotated[
        bool,
        typer.Option(
            "--with-real",
            help="Write the recommended training file, with real rows, held-out rows and a script that trains on it.",
        ),
    ] = False,
    difficulty: Annotated[
        bool,
        typer.Option("--difficulty", help="Add columns: easy, ambiguous or hard, with figures; docs/difficulty.md."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Write the rows of a version as files for other tools."""
    workspace = find_workspace()
    name, found = read_version(workspace, dataset, rev, "latest")
    rev = found or rev
    if with_real and format != "jsonl":
        raise CommandError(f"--with-real writes no {format}", expected="--format jsonl, or none")
    if with_real and difficulty:
        raise CommandError("--with-real and --difficulty", expected="one of them")
    write = _export_training if with_real else partial(_export_rows, difficulty=difficulty)
    with TemporaryDirectory(prefix="pedigree-") as folder:
        exported = write(workspace, name, rev, Path(folder).resolve(), format, to)
    if as_json:
        print_json(asdict(exported))
        return
    for path, facts in exported.files.items():
        rows = "" if facts["rows"] is None else f"{facts['rows']:,} rows, "
        out.print(f"{exported.folder}/{path}  {rows}{facts['bytes']:,} bytes", markup=False)
    for warning in exported.warnings:
        err.print(f"warning: {warning}", markup=False)
    if exported.warnings and "README.md" in exported.files and not with_real:
        err.print(f"  to do: read the files as {exported.folder}/README.md shows", markup=False)
    out.print(f"exported {name} {exported.version} as {exported.format}", markup=False)


def _export_rows(
    workspace: Workspace,
    name: str,
    rev: str,
    folder: Path,
    kind: Literal["jsonl", "csv", "hub", "bio"],
    to: Path | None,
    *,
    difficulty: bool,
) -> "Exported":
    from pedigree.dataset.output_files import SPLITS
    from pedigree.report.export.rows import export_rows
    from pedigree.versions.version_reader import open_version

    side = open_version(workspace, name, rev, folder, SPLITS)
    return export_rows(side, kind, to or Path(f"{name}-{side.name}-{kind}"), difficulty=difficulty)


def _export_training(
    workspace: Workspace, name: str, rev: str, folder: Path, _kind: str, to: Path | None
) -> "Exported":
    from pedigree.job import open_job
    from pedigree.report.export.training import export_training
    from pedigree.versions.snapshots import find_commit, take_snapshot
    from pedigree.versions.version_reader import HERE, open_version

    side = open_version(workspace, name, rev, folder / "tables", ("train",))
    if rev != HERE:
        commit, tag = find_commit(workspace.root, name, rev)
        workspace = take_snapshot(workspace.root, commit, name, folder / "snapshot", tag=tag)
    return export_training(
        open_job(workspace, name), side.name, side.commit, to or Path(f"{name}-{side.name}-training")
    )
