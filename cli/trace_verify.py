"""The commands of provenance: trace, verify."""

from dataclasses import asdict
from typing import Annotated

import typer

from cli.console import out, print_json
from cli.dataset_name import read_version
from pedigree.dataset.results import Manifest, read_result
from pedigree.errors import LinkError
from pedigree.system.helper_process import start_helper
from pedigree.workspace import find_workspace

Json = Annotated[bool, typer.Option("--json", help="For programs.")]


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(trace)
    app.command()(verify)


def trace(
    row_id: Annotated[str, typer.Argument(help="The id of a row or reject, or its first digits.")],
    rev: Annotated[
        str | None, typer.Option(help="A version's tag, or any commit; the working folder if left out.")
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="Search this dataset, or version NAME@v1.2.0, only.")] = None,
    as_json: Json = False,
) -> None:
    """Trace a row back to its completion, model, prompt, template, seed rows, recipe, run and versions."""
    from pedigree.provenance.trace import trace_row
    from pedigree.provenance.trace_text import format_chain

    workspace = find_workspace()
    name, rev = read_version(workspace, dataset, rev, None) if dataset else (None, rev)
    chain = trace_row(workspace, row_id, rev, name)
    if as_json:
        print_json(chain)
    else:
        out.print(format_chain(chain, styled=out.is_terminal), highlight=False)


def verify(
    dataset: Annotated[
        str, typer.Argument(help="A dataset's name, its recipe's path, or a version such as NAME@v1.2.0.")
    ],
    rev: Annotated[
        str | None, typer.Option(help="A version (v1.2.0, latest), or any commit; the working folder if left out.")
    ] = None,
    own_code: Annotated[bool, typer.Option("--own-code", help="Run the code of the revision.")] = False,
    as_json: Json = False,
) -> None:
    """Check the provenance of all rows offline, link by link; exit 1 at the first broken link."""
    workspace = find_workspace()
    name, rev = read_version(workspace, dataset, rev, None)
    manifest = workspace.dataset_folder(name) / "manifest.json"
    if rev is None and not manifest.is_file():
        read_result(Manifest, manifest)  # says so before seconds of imports
    start_helper("pedigree.report.html:bundle_vega")  # in this process no Ctrl+C would be heard meanwhile
    from tasks.verify import verify as verify_dataset

    try:
        found = verify_dataset.fn(workspace, name, rev, own_code)
    except LinkError as error:
        if as_json:
            broken = {"link": error.link, "found": error.found, "expected": error.expected, "mend": error.hint}
            print_json({"dataset": name, "holds": False, "broken": broken})
        raise
    if as_json:
        print_json({"holds": True, **asdict(found)})
        return
    for link, message in found.links.items():
        out.print(f"{link:<13} {message}", markup=False)
    for note in found.notes:
        out.print(f"note: {note}", markup=False)
    out.print(f"every link holds: {found.version or name}, {found.rows:,} rows", markup=False)
