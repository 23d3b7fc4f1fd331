"""Reads the file of a study, with the line of each mistake."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pedigree.errors import CommandError, RecipeError
from pedigree.recipe.mistakes import describe_mistakes, find_tree_line
from pedigree.recipe.yaml_file import MAX_VALUES, make_plain, parse_tree
from pedigree.studies.settings import Study
from pedigree.workspace import Workspace, advise_on_name

FOLDER = "studies"
KEYS = "study, question, tasks, strategies, models, sizes"


@dataclass(frozen=True)
class StudyFile:
    """A study and the tree of its file, which knows the lines."""

    path: Path
    study: Study
    tree: Any

    def find_line(self, *keys: str | int) -> int:
        """Return the line (from 1) of a key, or of its nearest parent in the file."""
        return find_tree_line(self.tree, keys)

    def name_place(self, *keys: str | int) -> str:
        """Return file and line of a key, for a message."""
        return f"{self.path}, line {self.find_line(*keys)}"


def find_study(workspace: Workspace, name_or_path: str) -> Path:
    """Return the file that a command's argument names: ``demo`` or ``studies/demo.yaml``.

    Raises CommandError for a file outside of studies/, RecipeError where there is none.
    """
    given = Path(name_or_path)
    folder = workspace.root / FOLDER
    if given.suffix in (".yaml", ".yml"):
        if (Path.cwd() / given).resolve().parent != folder.resolve():
            raise CommandError(
                f"{name_or_path} is not in {FOLDER}/ of {workspace.root}",
                hint="move the file there: a version of the results is published with it",
            )
        name_or_path = given.stem
    path = folder / f"{name_or_path}.yaml"
    if not path.is_file():
        expected, near = advise_on_name(name_or_path, (one.stem for one in folder.glob("*.yaml")))
        expected = expected.replace("a recipe in recipes/", f"a study in {FOLDER}/")
        raise RecipeError(f"{path}: no such study", expected=expected, hint=near or "docs/study.md shows one")
    return path


def load_study(path: Path) -> StudyFile:
    """Read and check a study's file.

    Raises RecipeError with file, line and remedy of the first mistake, and with the further ones.
    """
    try:
        tree = parse_tree(path, KEYS)
        study = Study.model_validate(make_plain(tree, iter(range(MAX_VALUES))))
    except RecursionError:
        raise RecipeError(f"{path}: its aliases unfold to more than {MAX_VALUES:,} values") from None
    except ValidationError as error:
        raise describe_mistakes(error, tree, path, Study) from None
    if path.stem != study.study:
        raise RecipeError(
            f"{path}, line {find_tree_line(tree, ('study',))}: the study is named {study.study!r}",
            expected=f"the file's own name, {path.stem!r}",
            hint=f"rename the file to {study.study}.yaml, or the study to {path.stem}",
        )
    return StudyFile(path, study, tree)
