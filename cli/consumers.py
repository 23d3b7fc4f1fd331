"""Commands about what came out: trace, versions."""

from typing import Annotated

import typer

from cli.console import out, print_json
from pedigree.workspace import dataset_of, find_workspace


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(trace)
    app.command()(versions)


def trace(
    row_id: Annotated[str, typer.Argument(help="A row's id or the beginning of it; of a kept row or of a reject.")],
    dataset: Annotated[str | None, typer.Option(help="Search this dataset only.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Walk one row back: completion, model, prompt, template, seed rows, recipe."""
    from pedigree.trace import find_chain, say_chain

    workspace = find_workspace()
    chain = find_chain(workspace, row_id, dataset and dataset_of(workspace, dataset))
    if as_json:
        print_json(chain)
    else:
        out.print(say_chain(chain), markup=False)


def versions(
    dataset: Annotated[str | None, typer.Argument(help="A dataset; all of them if left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List the published versions, the newest first."""
    from pedigree.versions import list_versions

    workspace = find_workspace()
    found = list_versions(workspace.root, dataset and dataset_of(workspace, dataset))[::-1]
    if as_json:
        print_json([{"tag": one.tag, "commit": one.commit, "date": one.date, "subject": one.subject} for one in found])
        return
    for version in found:
        out.print(f"{version.tag}  {version.date}  {version.commit[:8]}  {version.subject}", markup=False)
    if not found:
        out.print("no versions yet: 'pedigree run RECIPE' makes the first", markup=False)
