"""Checks whether this machine and this workspace are ready for a run that publishes."""

import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from pedigree.errors import PedigreeError
from pedigree.job import open_job
from pedigree.ledger.ledger import Ledger
from pedigree.metrics.embedder_choice import find_embedder_problem
from pedigree.recipe.yaml_file import load_recipe
from pedigree.versions.readiness import find_readiness
from pedigree.workspace import Workspace

# Packages with narrow version limits (see pyproject.toml), and those that the figures of a dataset depend on.
PACKAGES = (
    "prefect",
    "fastapi",
    "sqlalchemy",
    "litellm",
    "great-expectations",
    "dvc",
    "polars",
    "rensa",
    "scikit-learn",
)
MIN_FREE = 1_000_000_000  # bytes; workspace, DVC cache and DVC remote each hold a copy of the data


@dataclass(frozen=True)
class Finding:
    """The result of one check; ``hint`` says what to do if it is not ``ok``. A ``warning`` does not stop a run."""

    name: str
    ok: bool
    detail: str
    hint: str | None = None
    warning: bool = False


def run_checks(workspace: Workspace) -> list[Finding]:
    """Return all findings. Calls no model and changes nothing, but writes a test file to a data remote in the cloud."""
    found = [_check("packages", _list_packages), _check("disk", lambda: _check_disk(workspace))]
    found.append(_check("ledger", lambda: _read_ledger(workspace)))
    recipes = sorted((workspace.root / "recipes").glob("*.yaml"))
    found += [_check(f"recipe {path.stem}", lambda path=path: _read_recipe(workspace, path.stem)) for path in recipes]
    found += [one for path in recipes for one in _find_embedders(workspace, path.stem)]
    name = recipes[0].stem if recipes else "none"
    found += [Finding(fact.name, fact.ok, fact.detail, fact.hint) for fact in find_readiness(workspace.root, name)]
    return found


def _check(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, check())
    except PedigreeError as error:
        return Finding(name, False, error.found, error.hint)


def _list_packages() -> str:
    return ", ".join([f"Python {platform.python_version()}", *_versions()])


def _versions() -> Iterator[str]:
    for name in PACKAGES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            raise PedigreeError(f"{name} is not installed", hint="make setup") from None


def _check_disk(workspace: Workspace) -> str:
    free = shutil.disk_usage(workspace.root).free
    if free < MIN_FREE:
        raise PedigreeError(
            f"{free / 1e6:,.0f} MB free", hint="free some space: a full disk stops a run (and loses nothing)"
        )
    return f"{free / 1e9:,.0f} GB free"


def _read_ledger(workspace: Workspace) -> str:
    ledger = Ledger(workspace.ledger)
    if harmful := [problem for problem in ledger.problems if not problem.harmless]:
        raise PedigreeError(
            f"{len(harmful)} damaged records or segments that can't be read: {harmful[0]}",
            hint="restore the segment from a copy; otherwise damaged answers are requested again",
        )
    torn = f", {len(ledger.problems)} torn tails (harmless)" if ledger.problems else ""
    return f"{len(ledger):,} completions{torn}"


def _read_recipe(workspace: Workspace, dataset: str) -> str:
    job = open_job(workspace, dataset)
    models = sorted({asked.model for asked in job.recipe.asked_models})
    return f"{job.recipe.rows:,} rows, {len(job.recipe.labels)} labels, {', '.join(models)}"


def _find_embedders(workspace: Workspace, dataset: str) -> Iterator[Finding]:
    """Yield whether the embedders of a valid recipe are available; a run stops without that of its screens."""
    try:
        recipe = load_recipe(workspace.recipe_path(dataset))
    except PedigreeError:
        return
    if name := recipe.evaluate.embedder:
        problem = find_embedder_problem(workspace, dataset, name)
        yield Finding(f"embedder of {dataset}", True, problem or name, warning=problem is not None)
    if settings := recipe.screens.semantic_duplicate:
        problem = find_embedder_problem(workspace, dataset, settings.embedder)
        yield Finding(f"embedder of the screens of {dataset}", problem is None, problem or settings.embedder)
