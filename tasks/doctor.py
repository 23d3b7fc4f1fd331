"""Doctor: is this machine, and this workspace, ready for a run that publishes?"""

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

# What does not live together with other versions (see pyproject.toml), and what the numbers of a dataset depend on.
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
ROOM = 1_000_000_000  # bytes: packages are there already; data, cache and remote each hold a copy


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; ``hint`` says what to do where it is not ``ok``. A ``warning`` stops no run."""

    name: str
    ok: bool
    detail: str
    hint: str | None = None
    warning: bool = False


def run_checks(workspace: Workspace) -> list[Finding]:
    """Return all findings; nothing here is changed, no model is called, and a data remote that is no folder is written to."""
    found = [_look("packages", _list_packages), _look("disk", lambda: _measure_room(workspace))]
    found.append(_look("ledger", lambda: _read_ledger(workspace)))
    recipes = sorted((workspace.root / "recipes").glob("*.yaml"))
    found += [_look(f"recipe {path.stem}", lambda path=path: _read_recipe(workspace, path.stem)) for path in recipes]
    found += filter(None, (_find_embedder(workspace, path.stem) for path in recipes))
    name = recipes[0].stem if recipes else "none"
    found += [Finding(one.name, one.ok, one.detail, one.hint) for one in find_readiness(workspace.root, name)]
    return found


def _look(name: str, act: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, act())
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


def _measure_room(workspace: Workspace) -> str:
    free = shutil.disk_usage(workspace.root).free
    if free < ROOM:
        raise PedigreeError(f"{free / 1e6:,.0f} MB free", hint="make room: a full disk stops a run (and loses nothing)")
    return f"{free / 1e9:,.0f} GB free"


def _read_ledger(workspace: Workspace) -> str:
    ledger = Ledger(workspace.ledger)
    if harmful := [trouble for trouble in ledger.problems if not trouble.harmless]:
        raise PedigreeError(
            f"{len(harmful)} damaged records or segments that can't be read: {harmful[0]}",
            hint="restore the segment from a copy; otherwise damaged answers are asked for again",
        )
    torn = f", {len(ledger.problems)} torn tails (harmless)" if ledger.problems else ""
    return f"{len(ledger):,} completions{torn}"


def _read_recipe(workspace: Workspace, dataset: str) -> str:
    job = open_job(workspace, dataset)
    models = sorted({generator.model for generator in job.recipe.generators})
    return f"{job.recipe.rows:,} rows, {len(job.recipe.labels)} labels, {', '.join(models)}"


def _find_embedder(workspace: Workspace, dataset: str) -> Finding | None:
    """Return whether the embedder of a recipe is there; None where it names none, or can't be read."""
    try:
        name = load_recipe(workspace.recipe_path(dataset)).evaluate.embedder
    except PedigreeError:
        return None
    if name is None:
        return None
    why = find_embedder_problem(workspace, dataset, name)
    return Finding(f"embedder of {dataset}", True, why or name, warning=why is not None)
