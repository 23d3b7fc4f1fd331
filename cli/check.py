"""The command check: all that can be known of a recipe before a run, errors that would stop it and warnings."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Annotated, Literal

import typer

from cli.console import out, print_json
from pedigree.errors import PedigreeError, RecipeError
from pedigree.job import Job, open_job
from pedigree.workspace import find_workspace


def add_to(app: typer.Typer) -> None:
    """Add this group's command."""
    app.command()(check)


def check(
    dataset: Annotated[str, typer.Argument(help="Recipe, one of recipes/.")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Check a recipe and its files, without calling a model: what would stop a run or keep its rows unpublished.

    A fault of the file itself, such as an unknown key, is told alone, with its line; then everything else at once.
    """
    workspace = find_workspace()
    try:
        findings = list_findings(open_job(workspace, dataset))
    except PedigreeError as error:
        if as_json:
            print_json([asdict(Finding("error", error.found, error.expected, error.hint))])
        raise
    errors = [finding for finding in findings if finding.level == "error"]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            lines = [f"{finding.level}: {finding.found}"]
            lines += [f"  expected: {finding.expected}"] * bool(finding.expected)
            lines += [f"  to do: {finding.hint}"] * bool(finding.hint)
            out.print("\n".join(lines), markup=False)
    recipe = workspace.relative_path(workspace.recipe_path(dataset))
    if errors:
        raise RecipeError(f"{recipe}: {len(errors)} {'error' if len(errors) == 1 else 'errors'}")
    if not as_json:
        warned = len(findings)
        text = f", {warned} {'warning' if warned == 1 else 'warnings'}" if warned else ""
        out.print(f"{recipe} can run{text}; 'pedigree estimate {dataset}' estimates its cost", markup=False)


@dataclass(frozen=True)
class Finding:
    """An error or a warning; ``expected`` and ``hint`` are known of some errors."""

    level: Literal["error", "warning"]
    found: str
    expected: str | None = None
    hint: str | None = None


class _Collector(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def list_findings(job: Job) -> list[Finding]:
    """Return every error that would stop a run or keep its rows from being published, then the warnings, each once.

    Calls no model and writes nothing.
    """
    from tasks.check import CHECKS, check_label_evidence
    from tasks.validate import check_suite

    errors: list[Finding] = []
    with _collect_warnings() as collected:
        for check in (*CHECKS, check_suite, check_label_evidence):
            try:
                check(job)
            except PedigreeError as error:
                errors.append(Finding("error", error.found, error.expected, error.hint))
    warnings = [Finding("warning", message) for message in collected.messages]
    return list(dict.fromkeys([*errors, *warnings]))


@contextmanager
def _collect_warnings() -> Generator[_Collector]:
    logger, collector = logging.getLogger("pedigree"), _Collector()
    before = logger.propagate
    logger.addHandler(collector)
    logger.propagate = False
    try:
        yield collector
    finally:
        logger.removeHandler(collector)
        logger.propagate = before
