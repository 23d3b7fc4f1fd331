"""Checks that git stores the files of a version as they are.

The manifest names each input by the hash of its bytes. Git may store other bytes: attributes and settings change line
ends, encodings or whole files. Then the version could never be verified.
"""

from collections.abc import Sequence
from pathlib import Path

from pedigree.dataset.output_files import RESULTS
from pedigree.errors import PublishError
from pedigree.system import git, git_objects
from pedigree.system.dvc_files import LOCK, PARAMS, PIPELINE

AS_IT_IS = "* -text -ident -filter !working-tree-encoding"
NAMES = ("text", "eol", "ident", "filter", "working-tree-encoding")
REPLACING = ("filter", "working-tree-encoding")  # attributes that change a file whatever its line ends are


def check_stored(root: Path, dataset: str, inputs: Sequence[str]) -> None:
    """Raise PublishError if git would store an input with other bytes, or change a file that a run writes."""
    for path in inputs:
        _check_link(root, path)
    if converted := git_objects.list_converted(root, inputs):
        raise _explain(root, converted[0], "the bytes that the run reads, which the manifest names by hash")
    written = [f"recipes/{dataset}.yaml", *(f"data/{dataset}/{name}" for name in RESULTS), LOCK, PARAMS, PIPELINE]
    for path, attributes in git_objects.read_attributes(root, written, REPLACING).items():
        if attributes:
            raise _explain(root, path, "the bytes that the run writes")


def _check_link(root: Path, path: str) -> None:
    parts = Path(path).parts
    for end in range(1, len(parts) + 1):
        link = Path(*parts[:end])
        if (root / link).is_symlink():
            raise PublishError(
                f"{link} is a link: git stores the link, not the file {(root / path).resolve()}",
                expected="every file that the recipe names, as a file",
                hint=f"remove the link {link} and copy what it points to there",
            )


def _explain(root: Path, path: str, expected: str) -> PublishError:
    attributes = git_objects.read_attributes(root, [path], NAMES)[path]
    reasons = [name if value == "set" else f"{name}={value}" for name, value in attributes.items()]
    autocrlf = git.try_git(root, "config", "core.autocrlf")
    if autocrlf in ("true", "input") and not {*attributes} & {"text", "filter", "working-tree-encoding"}:
        reasons.append(f"core.autocrlf={autocrlf}")
    place = Path(path).parent / ".gitattributes"
    if (root / git.run_git(root, "rev-parse", "--git-path", "info/attributes").strip()).is_file():
        place = f"your repository's info/attributes (in its .git folder), which git reads first, and of {place}"
    return PublishError(
        f"{path}: git would store other bytes than the file has ({', '.join(reasons) or 'by its settings'}), "
        "so the version could not be verified",
        expected=expected,
        hint=f"put the line '{AS_IT_IS}' at the end of {place}, commit that file, and run again",
    )
