"""The workspace: the folder with recipes/, prompts/, expectations/, data/ and dvc.yaml, and the paths in it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pedigree.errors import CommandError, WorkspaceError

DATASET_NAME = re.compile(r"[a-z][a-z0-9-]*")
MOST_NAMED = 12  # names in a message


@dataclass(frozen=True)
class Workspace:
    """Paths of one workspace, all of them below ``root`` (absolute)."""

    root: Path

    def resolve_inside(self, path: str) -> Path:
        """Return a recipe's path as an absolute one; raise WorkspaceError if a link leads out of the workspace."""
        absolute = self.root / path
        if not (target := _resolve_links(absolute)).is_relative_to(self.root.resolve()):
            raise WorkspaceError(
                f"{path} leads out of the workspace, to {target}",
                expected=f"a path below {self.root}",
                hint="copy the file into the workspace",
            )
        return absolute

    def recipe_path(self, dataset: str) -> Path:
        """Return the path of a dataset's recipe; raise CommandError if the name is not valid."""
        if not DATASET_NAME.fullmatch(dataset):
            raise CommandError(
                f"{dataset!r} is no dataset name",
                expected="a lower-case letter, then lower-case letters, digits and dashes",
                hint=f"write {stem}" if DATASET_NAME.fullmatch(stem := Path(dataset).stem) else None,
            )
        return self.root / "recipes" / f"{dataset}.yaml"

    def dataset_folder(self, dataset: str) -> Path:
        """Return the folder of a dataset's output files."""
        return self.root / "data" / dataset

    def table(self, dataset: str, name: str) -> Path:
        """Return the path of a dataset's table."""
        return self.dataset_folder(dataset) / f"{name}.parquet"

    def seeds_folder(self, dataset: str) -> Path:
        """Return the folder of the rows that people wrote for a dataset."""
        return self.root / "data" / "seeds" / dataset

    def reviews_folder(self, dataset: str) -> Path:
        """Return the folder of people's decisions about a dataset's rows."""
        return self.root / "data" / "reviews" / dataset

    @property
    def state(self) -> Path:
        """Return the folder of ledger and locks, which neither git nor DVC tracks."""
        return self.root / ".pedigree"

    @property
    def ledger(self) -> Path:
        """Return the folder of the ledger's segments."""
        return self.state / "ledger"

    @property
    def batches(self) -> Path:
        """Return the folder of what is known of batches at providers."""
        return self.state / "batches"

    @property
    def vectors(self) -> Path:
        """Return the folder of paid embeddings."""
        return self.state / "vectors"

    @property
    def fine_tuned(self) -> Path:
        """Return the folder of kept predictions of fine-tuned encoders."""
        return self.state / "fine-tuned"

    def list_recipes(self) -> list[str]:
        """Return the names of the datasets that have a recipe, sorted."""
        return sorted(path.stem for path in (self.root / "recipes").glob("*.yaml"))

    def relative_path(self, path: Path) -> str:
        """Return a path relative to the workspace's root, with forward slashes."""
        return path.relative_to(self.root).as_posix()


def find_workspace(start: Path | None = None) -> Workspace:
    """Return the workspace that holds ``start`` (default: the current folder), searching upwards."""
    try:
        start = (start or Path.cwd()).resolve()
    except FileNotFoundError:
        raise WorkspaceError("the current folder was removed", hint="change to an existing folder") from None
    for folder in [start, *start.parents]:
        if (folder / "recipes").is_dir() and (folder / "prompts").is_dir() and (folder / "dvc.yaml").is_file():
            return Workspace(folder)
    raise WorkspaceError(
        f"{start} is in no Pedigree workspace",
        expected="a folder with recipes/, prompts/ and dvc.yaml, here or above",
        hint="clone Pedigree and run its commands in the clone",
    )


def parse_dataset(workspace: Workspace, name_or_path: str) -> str:
    """Return the dataset that a command's argument names: ``support-tickets`` or ``recipes/support-tickets.yaml``."""
    path = Path(name_or_path)
    if path.suffix in {".yaml", ".yml"}:
        if _resolve_links(Path.cwd() / path).parent != (workspace.root / "recipes").resolve():
            raise CommandError(
                f"{name_or_path} is not in recipes/ of {workspace.root}",
                hint="move the recipe there: a version is published with its recipe",
            )
        name_or_path = path.stem
    name, at, _ = name_or_path.partition("@")
    if at and DATASET_NAME.fullmatch(name):
        raise CommandError(
            f"{name_or_path} names a version",
            expected="a dataset: this command works on its recipe and its rows in the working folder",
            hint=f"write {name}; verify, evaluate, export, lineage, diff and trace take a version",
        )
    workspace.recipe_path(name_or_path)  # checks the name
    return name_or_path


def advise_on_name(name: str, known: Iterable[str]) -> tuple[str, str | None]:
    """Return what names were expected in place of an unknown one, and the one that was probably meant, if any."""
    names = sorted(known)
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    near = get_close_matches(name, names, n=1)
    expected = f"one of {', '.join(names[:MOST_NAMED])}{more}" if names else "a recipe in recipes/; there is none yet"
    return expected, f"did you mean {near[0]}?" if near else None


def _resolve_links(path: Path) -> Path:
    """Return a path with its links resolved; raise WorkspaceError for links in a circle."""
    try:
        return path.resolve()
    except (RuntimeError, OSError):  # Python 3.13 raises the latter
        raise WorkspaceError(f"{path}: links in a circle", hint="replace the link by a file") from None
