"""The command forget: erases a withdrawn row and everything derived from it."""

import json
import sys
from contextlib import ExitStack
from typing import Annotated

import typer

from cli.console import out, print_json, print_log_lines
from pedigree.errors import CommandError
from pedigree.job import open_job
from pedigree.system import git, interrupt
from pedigree.system.dataset_lock import hold_dataset
from pedigree.workspace import DATASET_NAME, Workspace, find_workspace, parse_dataset


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(forget)


def forget(
    dataset: Annotated[str, typer.Argument(help="A dataset's name, or its recipe's path.")],
    row_id: Annotated[str | None, typer.Argument(help="The id of a seed or held-out row, or its first digits.")] = None,
    text: Annotated[str | None, typer.Option(help="Text of the row, instead of its id.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs; without --yes nothing is changed.")] = False,
) -> None:
    """Erase a row that its author withdrew: remove it and everything derived from it from ledger and next version."""
    from tasks import forget as step

    workspace = find_workspace()
    dataset = parse_dataset(workspace, dataset)
    found = step.find_erasure(open_job(workspace, dataset), row_id, text)
    if not as_json:
        for line in _describe(found):
            out.print(line, markup=False)
        yes = yes or _ask()
    if yes:
        with ExitStack() as locks:
            _hold_all(workspace, locks)
            job = open_job(workspace, dataset)
            found = step.find_erasure(job, found.row.id)  # a run that held the lock may have derived more
            erased = step.forget.fn(job, found)
    remote = _find_remote(workspace) if found.versions else None
    if as_json:
        print_json(_as_values(found, yes, _retire(found, remote)))
    elif yes:
        for line in _format_done(dataset, found, erased, _retire(found, remote)):
            out.print(line, markup=False)
    else:
        out.print("nothing was changed")


def _ask() -> bool:
    if not sys.stdin.isatty():
        raise CommandError("forget needs a confirmation, and standard input is not a terminal", hint="add --yes")
    try:
        return typer.confirm("Forget it?")
    except typer.Abort:
        if interrupt.is_stopped():
            raise KeyboardInterrupt from None  # which says its own line; typer would add another
        raise


def _hold_all(workspace: Workspace, locks: ExitStack) -> None:
    """Lock every dataset, since all of them share the ledger."""
    print_log_lines()  # such as that it waits
    names = sorted(path.stem for path in (workspace.root / "recipes").glob("*.yaml"))
    for name in filter(DATASET_NAME.fullmatch, names):
        for held in (name, f"{name}.replicas"):
            locks.enter_context(hold_dataset(workspace, held))


def _find_remote(workspace: Workspace) -> str | None:
    names = git.run_git(workspace.root, "remote").split()
    return names[0] if len(names) == 1 else "REMOTE" if names else None


def _describe(found) -> list[str]:
    example = found.row.example
    content = (
        f": {json.dumps(example.fields, ensure_ascii=False, default=str)[:100]}"
        if example
        else ", which is in no file any more"
    )
    lines = [f"row {found.row.id[:16]}{content}"]
    for path, numbers in found.row.places.items():
        place = ", ".join(map(str, numbers))
        lines.append(f"{path}, line{'s' * (len(numbers) > 1)} {place}; label {example.label}")
    lines.append(f"derived from it: {len(found.completion_ids):,} completions, {found.in_ledger:,} in the ledger")
    for one in found.versions:
        made = "tables that are not available here" if one.completions is None else f"{one.completions:,} completions"
        lines.append(f"published in {one.tag}: {'the row, ' if one.row else ''}{made}")
    return lines


def _retire(found, remote: str | None) -> list[str]:
    """Return the shell commands that retire the versions which contain the row."""
    tags = " ".join(one.tag for one in found.versions)
    if not tags:
        return []
    pushed = [f"git push {remote} --delete {tags}"] if remote else []
    return [f"git tag --delete {tags}", *pushed, "dvc gc --workspace --all-tags --cloud"]


def _format_done(dataset: str, found, erased: int, commands: list[str]) -> list[str]:
    places = " and ".join(found.row.places)
    file = f", and {places} does not hold it any more" if places else ""
    lines = [
        f"forgotten: {erased:,} records left the ledger{file}",
        *(f"warning: {line}" for line in found.warnings),
        f"'pedigree run {dataset}' asks for new completions in their place and publishes a version without it",
    ]
    if commands:
        lines += ["then retire the versions that contain it:", *(f"  {command}" for command in commands)]
        lines.append(
            "their seeds file stays in git's history until you rewrite it, and in copies that others have pulled"
        )
    return lines


def _as_values(found, forgotten: bool, commands: list[str]) -> dict:
    return {
        "row_id": found.row.id,
        "path": found.row.path,
        "lines": list(found.row.lines),
        "places": {path: list(lines) for path, lines in found.row.places.items()},
        "completion_ids": sorted(found.completion_ids),
        "in_ledger": found.in_ledger,
        "versions": [{"tag": one.tag, "row": one.row, "completions": one.completions} for one in found.versions],
        "retire": commands,
        "warnings": list(found.warnings),
        "forgotten": forgotten,
    }
