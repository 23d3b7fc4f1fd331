"""The commands of the workspace: new, doctor."""

from dataclasses import asdict
from typing import Annotated

import typer

from cli.console import out, print_json
from pedigree.errors import WorkspaceError
from pedigree.recipe.scaffold import write_new_recipe
from pedigree.workspace import find_workspace
from tasks.doctor import run_checks


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(new)
    app.command()(doctor)


def new(
    dataset: Annotated[str, typer.Argument(help="Name: lower-case letters, digits and dashes.")],
    labels: Annotated[str, typer.Option(help="Labels, separated by commas.")] = "yes,no",
    task: Annotated[str, typer.Option(help="The question that a label answers.")] = "Does this text ask for something?",
) -> None:
    """Write a recipe and a folder for seeds, ready to run with the offline model."""
    workspace = find_workspace()
    for path in write_new_recipe(workspace, dataset, [label.strip() for label in labels.split(",")], task):
        out.print(f"wrote {workspace.relative_path(path)}", markup=False)
    out.print(f"\nEdit recipes/{dataset}.yaml: describe each label. Then:", markup=False)
    out.print(f"  pedigree check {dataset}\n  pedigree preview {dataset}\n  pedigree run {dataset}", markup=False)


def doctor(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Check whether this machine and this workspace are ready, and say what to do if not."""
    findings = run_checks(find_workspace())
    if as_json:
        print_json([asdict(finding) | {"mend": finding.hint} for finding in findings])  # mend: the former name of hint
    else:
        for finding in findings:
            mark = "NO " if not finding.ok else "!  " if finding.warning else "ok "
            out.print(f"{mark} {finding.name}: {finding.detail}", markup=False)
            if not finding.ok and finding.hint:
                out.print(f"     to do: {finding.hint}", markup=False)
    if missing := [finding.name for finding in findings if not finding.ok]:
        raise WorkspaceError(f"not ready: {', '.join(missing)}")
