"""The command check: all that can be known of a recipe before a run, errors that would stop it and warnings."""

import json
import logging
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from typing import Annotated, Literal

import typer

from cli.console import out, print_json
from pedigree.errors import BudgetError, PedigreeError, RecipeError, list_parts
from pedigree.job import Job, build_job, open_job
from pedigree.ledger.ledger import Ledger
from pedigree.recipe.yaml_file import find_line, list_missing_keys, load_recipe
from pedigree.system.garbage_collection import pause_garbage_collection
from pedigree.system.git import try_git
from pedigree.system.helper_process import start_helper
from pedigree.versions.growth import find_growth
from pedigree.versions.readiness import check_identity
from pedigree.workspace import Workspace, find_workspace, parse_dataset

UNITS = {"tokens": "{:,.0f} tokens", "usd": "{:,.4f} USD"}  # of the limits that are weighed

log = logging.getLogger("pedigree")


def add_to(app: typer.Typer) -> None:
    """Add this group's command."""
    app.command()(check)


def find_recipe(name_or_path: str) -> tuple[Workspace, str]:
    """Return the workspace and the dataset that a command names, before anything slow is imported.

    Raises RecipeError if its recipe can't be used.
    """
    workspace = find_workspace()
    dataset = parse_dataset(workspace, name_or_path)
    load_recipe(workspace.recipe_path(dataset))
    return workspace, dataset


def check(
    dataset: Annotated[str, typer.Argument(help="A dataset's name, or its recipe's path.")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="List every key that 'dvc repro' needs.")] = False,
) -> None:
    """Check a recipe and its files, without calling a model: what would stop a run or keep its rows unpublished.

    The faults of the files themselves, such as unknown keys, are told first, with their lines; then everything else.
    """
    workspace = find_workspace()
    dataset = parse_dataset(workspace, dataset)
    try:
        job = open_job(workspace, dataset)
        start_helper("tasks.expectation_worker:load")  # the suite's library loads on another core meanwhile
        findings = list_findings(job, as_json or verbose)
    except PedigreeError as error:
        if as_json:
            print_json([asdict(finding) for finding in _list_errors(error)])
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


def _list_errors(error: PedigreeError) -> list[Finding]:
    return [Finding("error", one.found, one.expected, one.hint) for one in list_parts(error)]


class _Collector(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def list_findings(job: Job, verbose: bool) -> list[Finding]:
    """Return every error that would stop a run or keep its rows from being published, then the warnings, each once.

    Calls no model and writes nothing. ``verbose``: keys that DVC needs are named with their values, not only counted.
    """
    with pause_garbage_collection():  # during slow imports
        from tasks.check import CHECKS, check_label_evidence, check_suite

    errors: list[Finding] = []
    with _collect_warnings() as collected:
        for check in (
            _check_git_identity,
            *CHECKS,
            check_label_evidence,
            _check_budget,
            check_suite,
            partial(_warn_of_missing_keys, verbose=verbose),
        ):
            try:
                check(job)
            except PedigreeError as error:
                errors += _list_errors(error)
    warnings = [Finding("warning", message) for message in collected.messages]
    return list(dict.fromkeys([*errors, *warnings]))


def _check_git_identity(job: Job) -> None:
    """Raise PublishError if git does not know who commits a version; a folder that git does not know is not checked."""
    if try_git(job.workspace.root, "rev-parse", "--git-dir") is not None:
        check_identity(job.workspace.root)


def _check_budget(job: Job) -> None:
    """Raise BudgetError if a run needs far more tokens or USD than the budget allows; warn where it is only short.

    The needs are those of ``pedigree estimate``. A price that is not known is an error of its own (tasks/check.py).
    """
    from tasks.estimate import estimate

    if bases := find_growth(job.workspace, job.recipe):
        job = build_job(job.workspace, job.recipe.model_copy(update={"grown_from": bases}))
    path = job.workspace.recipe_path(job.dataset)
    for limit in estimate(job, Ledger(job.workspace.ledger)).budget:
        if limit.name not in UNITS or limit.needed is None or limit.enough:
            continue
        needed, allowed = (UNITS[limit.name].format(amount) for amount in (limit.needed, limit.limit))
        found = (
            f"{path}, line {find_line(path, 'budget', limit.name)}: the budget allows {allowed}, and by estimate "
            f"{needed} are needed"
        )
        if limit.is_hopeless:
            raise BudgetError(found, expected=f"about {needed}", hint=limit.hint)
        log.warning("%s: a run may stop before it has all rows; %s", found, limit.hint)


def _warn_of_missing_keys(job: Job, verbose: bool) -> None:
    """Warn of keys that a recipe of an earlier Pedigree lacks: DVC reads the file itself, and has no defaults."""
    path = job.workspace.recipe_path(job.dataset)
    if missing := list_missing_keys(path):
        lines = "; ".join(f"{key}: {json.dumps(value)}" for key, value in missing.items())
        how = f"or write: {lines}" if verbose else f"and 'pedigree check {job.dataset} --verbose' lists them"
        count = f"{len(missing)} {'key' if len(missing) == 1 else 'keys'}"
        log.warning("%s: only 'dvc repro' needs %s that it lacks; 'pedigree run' adds them, %s", path, count, how)


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
