"""The workspace: the folder that holds recipes/, prompts/, expectations/, data/ and dvc.yaml, and its paths."""

import re
from dataclasses import dataclass
from pathlib import Path

from pedigree.errors import CommandError, WorkspaceError

DATASET_NAME = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True)
class Workspace:
    """Paths of one workspace; every one of them lies below ``root`` (absolute)."""

    root: Path

    def inside(self, path: str) -> Path:
        """Return a recipe's path as an absolute one; raise WorkspaceError where a link leads out of the workspace."""
        whole = self.root / path
        if not (leads := _follow(whole)).is_relative_to(self.root.resolve()):
            raise WorkspaceError(
                f"{path} leads out of the workspace, to {leads}",
                expected=f"a path below {self.root}",
                hint="copy the file into the workspace",
            )
        return whole

    def recipe(self, dataset: str) -> Path:
        """Return the path of a dataset's recipe; raise CommandError for what is no dataset name."""
        if not DATASET_NAME.fullmatch(dataset):
            raise CommandError(
                f"{dataset!r} is no dataset name",
                expected="a lower-case letter, then lower-case letters, digits and dashes",
            )
        return self.root / "recipes" / f"{dataset}.yaml"

    def data(self, dataset: str) -> Path:
        """Return the folder of what came out for a dataset."""
        return self.root / "data" / dataset

    def table(self, dataset: str, name: str) -> Path:
        """Return the path of a dataset's table."""
        return self.data(dataset) / f"{name}.parquet"

    def seeds_folder(self, dataset: str) -> Path:
        """Return the folder of what people wrote for a dataset."""
        return self.root / "data" / "seeds" / dataset

    def reviews_folder(self, dataset: str) -> Path:
        """Return the folder of what people decided about a dataset's rows."""
        return self.root / "data" / "reviews" / dataset

    @property
    def state(self) -> Path:
        """Return the folder of ledger and locks, which neither git nor DVC track."""
        return self.root / ".pedigree"

    @property
    def ledger(self) -> Path:
        """Return the folder of the ledger's segments."""
        return self.state / "ledger"

    @property
    def vectors(self) -> Path:
        """Return the folder of the vectors that were paid for."""
        return self.state / "vectors"

    def read_relative(self, path: Path) -> str:
        """Return a path as people and tables know it: from the workspace's root, with forward slashes."""
        return path.relative_to(self.root).as_posix()


def find_workspace(start: Path | None = None) -> Workspace:
    """Return the workspace that holds ``start`` (default: the current folder), searching upwards."""
    try:
        start = (start or Path.cwd()).resolve()
    except FileNotFoundError:
        raise WorkspaceError("the current folder is gone", hint="change to one that is there") from None
    for folder in [start, *start.parents]:
        if (folder / "recipes").is_dir() and (folder / "prompts").is_dir() and (folder / "dvc.yaml").is_file():
            return Workspace(folder)
    raise WorkspaceError(
        f"{start} is in no Pedigree workspace",
        expected="a folder with recipes/, prompts/ and dvc.yaml, here or above",
        hint="clone Pedigree and run its commands in the clone",
    )


def dataset_of(workspace: Workspace, name_or_path: str) -> str:
    """Return the dataset that a command's argument names: ``support-tickets`` or ``recipes/support-tickets.yaml``."""
    path = Path(name_or_path)
    if path.suffix in {".yaml", ".yml"}:
        inside = path if path.is_absolute() else Path.cwd() / path
        if _follow(inside).parent != (workspace.root / "recipes").resolve():
            raise CommandError(
                f"{name_or_path} is not in recipes/ of {workspace.root}",
                hint="move the recipe there: a version is published with its recipe",
            )
        name_or_path = path.stem
    workspace.recipe(name_or_path)
    return name_or_path


def _follow(path: Path) -> Path:
    """Return where a path leads; raise WorkspaceError for links in a circle."""
    try:
        return path.resolve()
    except (RuntimeError, OSError):  # Python 3.13 raises the latter
        raise WorkspaceError(f"{path}: links in a circle", hint="replace the link by a file") from None
