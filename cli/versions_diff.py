"""The commands that compare versions: versions, diff."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cli.console import out, print_json
from cli.dataset_name import read_dataset, read_version
from pedigree.errors import CommandError
from pedigree.workspace import find_workspace

Json = Annotated[bool, typer.Option("--json", help="For programs.")]


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(versions)
    app.command()(diff)


def versions(
    dataset: Annotated[str | None, typer.Argument(help="A dataset; all if left out.")] = None,
    data: Annotated[
        bool, typer.Option("--data", help="Also check which data can still be pulled; asks the DVC remote.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the published versions, newest first: rows, labels, cost, gates, model and changes."""
    from pedigree.versions.history import list_history
    from pedigree.versions.history_text import format_history
    from pedigree.versions.snapshots import find_missing_data

    workspace = find_workspace()
    name = dataset and read_dataset(workspace, dataset)
    found = list_history(workspace.root, name)
    gone = find_missing_data(workspace.root, [entry.version for entry in found]) if data else {}
    if as_json:
        entries = [asdict(entry) for entry in found]
        for entry in entries:
            version = entry.pop("version")
            entry |= version | {"version": "v{}.{}.{}".format(*version["number"])}
            entry["gone"] = gone.get(version["tag"], []) if data else None
        print_json(entries)
    elif found:
        out.print(format_history(found))
        for tag, paths in gone.items():
            out.print(
                f"\n{tag} can't be pulled: neither DVC's cache nor its remote holds {', '.join(paths)}", markup=False
            )
        if data and not gone:
            out.print("\nthe data of all these versions can be pulled", markup=False)
    else:
        out.print(f"no versions yet: 'pedigree run {name or 'RECIPE'}' makes the first", markup=False)


def diff(
    dataset: Annotated[str, typer.Argument(help="A dataset's name, its recipe's path, or A as NAME@v1.0.0.")],
    before: Annotated[
        str | None, typer.Argument(metavar="[A]", help="v1.0.0, latest, a tag, or 'workspace'; the version before B.")
    ] = None,
    after: Annotated[str | None, typer.Argument(metavar="[B]", help="As A; the latest version.")] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a self-contained HTML page.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare two versions: rows, labels, recipe, prompts, models, figures, screens and gates."""
    from pedigree.report.html import render_comparison
    from pedigree.system.atomic_write import write_text
    from pedigree.versions.diff.compare import compare_versions
    from pedigree.versions.diff.text import format_comparison

    workspace = find_workspace()
    name, first = read_version(workspace, dataset, None, None)
    if first and after:
        raise CommandError(f"{dataset}, {before} and {after}", expected="at most two versions")
    before, after = (first, before) if first else (before, after)
    found = compare_versions(workspace, name, before, after)
    if html:
        write_text(html, render_comparison(found))
    if as_json:
        print_json(found.model_dump(mode="json"))
    elif html:
        out.print(f"page: {html}", markup=False)
    else:
        out.print(format_comparison(found))
