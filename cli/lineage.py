"""The command lineage: writes the provenance of a version as W3C PROV."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

import typer

from cli.console import out
from cli.dataset_name import read_version
from pedigree.errors import CommandError
from pedigree.workspace import find_workspace


def add_to(app: typer.Typer) -> None:
    """Add this group's command."""
    app.command()(lineage)


def lineage(
    dataset: Annotated[
        str, typer.Argument(help="A dataset's name, its recipe's path, or a version such as NAME@v1.2.0.")
    ],
    rev: Annotated[str, typer.Option(help="A version (v1.2.0, latest), or any commit.")] = "latest",
    to: Annotated[Path | None, typer.Option(help="The file to write; standard output if left out.")] = None,
    format: Annotated[Literal["json", "provn"], typer.Option(help="PROV-JSON; or PROV-N, for people.")] = "json",
) -> None:
    """Write what a version was made from, by what and when, as W3C PROV; its tables are not needed."""
    from pedigree.provenance.lineage import describe_lineage, write_lineage
    from pedigree.system.atomic_write import write_text
    from pedigree.versions.version_reader import HERE, open_version

    if rev == HERE:
        raise CommandError(f"--rev {HERE}", expected="a version or a commit: lineage describes committed data")
    workspace = find_workspace()
    with TemporaryDirectory(prefix="pedigree-") as folder:
        name, found = read_version(workspace, dataset, rev, "latest")
        side = open_version(workspace, name, found or rev, Path(folder), ())
    text = write_lineage(describe_lineage(side), format)
    if to:
        write_text(to, text)
        out.print(f"lineage of {side.dataset} {side.name}: {to}", markup=False)
    else:
        out.file.write(text)
