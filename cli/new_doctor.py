"""The commands of the workspace: new, doctor."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cli.console import out, print_json
from pedigree.dataset.tables.from_table import make_from_table
from pedigree.errors import CommandError, WorkspaceError
from pedigree.recipe.scaffold import write_new_recipe
from pedigree.workspace import find_workspace
from tasks.doctor import run_checks

LABELS, TASK = "yes,no", "Does this text ask for something?"


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(new)
    app.command()(doctor)


def new(
    dataset: Annotated[str, typer.Argument(help="Name: lower-case letters, digits and dashes.")],
    labels: Annotated[str | None, typer.Option(help="Labels, separated by commas; 'yes,no' without it.")] = None,
    task: Annotated[str | None, typer.Option(help="The question that a label answers.")] = None,
    from_table: Annotated[
        Path | None, typer.Option(help="CSV or Parquet file whose columns become fields, and whose rows seeds.")
    ] = None,
    labels_per_row: Annotated[
        int | None, typer.Option(metavar="MAX", help="Rows with several labels: at most so many.")
    ] = None,
    label: Annotated[str | None, typer.Option(help="The table's label column; looked for without it.")] = None,
) -> None:
    """Write a recipe and a folder for seeds, ready to run with the offline model; --from-table: from a table."""
    workspace = find_workspace()
    if from_table is None:
        if label is not None:
            raise CommandError("--label without a table", expected="--from-table FILE", hint="or --labels a,b")
        names = [name.strip() for name in (labels or LABELS).split(",")]
        for path in write_new_recipe(workspace, dataset, names, task or TASK, labels_per_row):
            out.print(f"wrote {workspace.relative_path(path)}", markup=False)
    else:
        if labels is not None:
            raise CommandError("--labels with a table", expected="--label COLUMN, whose values are the labels")
        if labels_per_row is not None:
            raise CommandError("--labels-per-row with a table", expected="one label a row", hint="or --labels a,b")
        made = make_from_table(workspace, dataset, from_table, label, task)
        for path in made.paths:
            out.print(f"wrote {workspace.relative_path(path)}", markup=False)
        for line in made.describe():
            out.print(f"  {line}", markup=False, soft_wrap=True)
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
