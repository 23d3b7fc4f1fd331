"""The command audit: whether a dataset's rows give away the rows of people that the models were shown."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from cli.audits.dataset import open_dataset
from cli.console import out, print_json
from pedigree.errors import RecipeError, WorkspaceError

if TYPE_CHECKING:
    from pedigree.audits.privacy.canaries import Canaries
    from pedigree.job import Job

MOST_COPIES = 10


def add_to(app: typer.Typer) -> None:
    """Add this group's command."""
    app.command()(audit)


def audit(
    dataset: Annotated[str, typer.Argument(help="A dataset's name, or its recipe's path.")],
    strict: Annotated[bool, typer.Option("--strict", help="Exit with status 1 if a measure warns.")] = False,
    sent: Annotated[bool, typer.Option("--sent", help="Print what was sent to the models, word for word.")] = False,
    canaries: Annotated[
        str | None, typer.Option(help="File of 'pedigree canaries': how exposed the planted secrets are.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs; with all close copies.")] = False,
) -> None:
    """Look for what the rows of the workspace give away of rows of people: copies, nearness, membership, personal data.

    Calls no model and writes nothing.
    """
    from pedigree.audits.privacy.audit import audit_rows
    from pedigree.audits.privacy.diversity_sent import list_questions
    from pedigree.audits.privacy.sent import list_messages
    from pedigree.job_outputs import read_synthetic_rows

    job = open_dataset(dataset)
    if sent:
        _print_sent(list_messages(job, list_questions(job)), as_json)
        return
    planted = _load_canaries(job, canaries) if canaries else None
    found = audit_rows(job, read_synthetic_rows(job), planted)
    if as_json:
        print_json(asdict(found))
    else:
        out.print(
            f"{found.dataset}: {found.rows:,} rows, against {found.shown:,} rows of people that were or may have been "
            f"shown to a model, and {found.unseen:,} held-out rows\n",
            markup=False,
        )
        for one in found.findings:
            mark = "unknown" if one.warns is None else "WARNING" if one.warns else "no sign"
            out.print(f"{mark:<8} {one.name}: {one.figure}\n         {one.means} {one.limits}", markup=False)
        for copy in found.copies[:MOST_COPIES]:
            share = (
                f"{copy['equal']} of {copy['columns']} values"
                if "equal" in copy
                else f"{copy['covered']:.0%} of its words, {copy['longest_run']} in a row"
            )
            out.print(
                f"\n{str(copy['row_id'])[:10]}  {share}, stand in line {copy['line']}\n"
                f"  row     {copy['text']}\n  shown   {copy['source']}",
                markup=False,
            )
        if len(found.copies) > MOST_COPIES:
            out.print(f"\n{len(found.copies) - MOST_COPIES:,} more: --json", markup=False)
    if strict and any(one.warns for one in found.findings):
        raise typer.Exit(1)


def _load_canaries(job: "Job", path: str) -> "Canaries":
    """Return what was planted in the seeds of the dataset, or of the one that it is a trial of."""
    from pedigree.audits.privacy.canaries import load_canaries

    planted = load_canaries(job.workspace.resolve_inside(path))
    shown = {text for one in job.seeds for text in map(str, one.fields.values())}
    if lost := [one.secret for one in planted.canaries if not any(one.secret in text for text in shown)]:
        raise RecipeError(
            f"{len(lost):,} of {len(planted.canaries):,} secrets of {path} stand in no seed row of {job.dataset}",
            expected="a recipe whose seeds are the file that was written with it",
            hint="set 'seeds' to it in a copy of the recipe, and run that",
        )
    return planted


def _print_sent(messages: list[tuple[str, str, int]] | None, as_json: bool) -> None:
    """Print each different message once, without the model's own words and without judges' prompts."""
    if messages is None:
        raise WorkspaceError("there is no table of prompts", hint="'pedigree run' or 'pedigree preview' makes it")
    if as_json:
        print_json([{"role": role, "text": text, "prompts": count} for role, text, count in messages])
        return
    for role, text, count in messages:
        out.print(f"--- {role}, in {count:,} prompts ---\n{text}\n", markup=False)
    out.print(f"{len(messages):,} different messages", markup=False)
