"""Checks, before money is spent, that a version can be published from this workspace."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pedigree.dataset.output_files import CACHED
from pedigree.errors import PublishError
from pedigree.system import git, git_remote
from pedigree.system.atomic_write import check_writable
from pedigree.system.dvc_files import LOCK, PARAMS, PIPELINE
from pedigree.versions.data_remote import CONFIG, check_data_remote_writable, find_credential, find_data_remote

UNFINISHED = {
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
}


@dataclass(frozen=True)
class Finding:
    """One requirement of publishing: its state, and the error where it is not met."""

    name: str
    detail: str
    error: PublishError | None = None

    @property
    def ok(self) -> bool:
        """Return whether the requirement is met."""
        return self.error is None

    @property
    def hint(self) -> str | None:
        """Return what to do."""
        return self.error.hint if self.error else None


def check_ready(root: Path, dataset: str, push_git: bool = False, branch: str | None = None) -> None:
    """Raise PublishError for the first requirement of publishing that is not met.

    ``branch``: the branch that must be checked out, if any.
    """
    for finding in find_readiness(root, dataset, push_git, branch):
        if finding.error:
            raise finding.error


def find_readiness(root: Path, dataset: str, push_git: bool = False, branch: str | None = None) -> Iterator[Finding]:
    """Yield the requirements of publishing in the order of checking; without a repository, only that one."""
    needs: dict[str, Callable[[], str]] = {
        "git repository": lambda: _check_repository(root),
        "git identity": lambda: check_identity(root),
        "git branch": lambda: _check_branch(root, branch),
        "git at rest": lambda: _check_rest(root),
        "DVC remote": lambda: _check_data_remote(root),
        "files": lambda: _check_files(root, dataset),
        "folders": lambda: _check_folders(root, dataset),
    }
    if push_git:
        needs["git remote"] = lambda: git_remote.find_remote(root).name
    for name, check in needs.items():
        try:
            yield Finding(name, check())
        except PublishError as error:
            yield Finding(name, error.found, error)
            if name == "git repository":
                return


def _check_repository(root: Path) -> str:
    try:
        top = git.run_git(root, "rev-parse", "--show-toplevel").strip()
    except PublishError as error:
        if "not a git repository" not in error.found:
            raise
        raise PublishError(
            f"{root} is in no git repository",
            expected="a repository to commit versions to",
            hint="'git init', then commit what is there",
        ) from None
    if git.resolve(root, "HEAD") is None:
        raise PublishError(
            f"{top} has no commits yet", expected="a commit to build on", hint="'git add -A' and 'git commit'"
        )
    return top


def check_identity(root: Path) -> str:
    """Return who commits; raise PublishError if git does not know."""
    for who in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
        identity = git.try_git(root, "var", who)
        if identity is None:
            raise PublishError(
                "git does not know who you are",
                expected="a name and an address for the commits",
                hint="'git config --global user.name NAME' and 'git config --global user.email ADDRESS'",
            )
    return identity.rsplit(" ", 2)[0]


def _check_branch(root: Path, expected: str | None) -> str:
    branch = git.find_branch(root)
    if branch is None:
        raise PublishError(
            "HEAD is detached: a version committed here would belong to no branch",
            expected=f"branch {expected}" if expected else "a branch",
            hint=f"'git switch {expected or 'BRANCH'}'",
        )
    if expected and branch != expected:
        raise PublishError(
            f"branch {branch} is checked out",
            expected=f"branch {expected}, which the deployment names",
            hint=f"fill in {branch} as branch (prefect.yaml has the default), "
            f"or 'git switch {expected}' if versions belong there",
        )
    return branch


def _check_rest(root: Path) -> str:
    for name, what in UNFINISHED.items():
        if _in_git(root, name).exists():
            hint = f"finish it, or 'git {what} --abort'"
            raise PublishError(f"a {what} is in progress", expected="no unfinished operation", hint=hint)
    lock = _in_git(root, "index.lock")
    if lock.exists():
        raise PublishError(
            f"{lock} exists: another git command runs, or one died", hint="let it finish; remove the file if none runs"
        )
    if conflicts := git.run_git(root, "ls-files", "--unmerged").splitlines():
        path = conflicts[0].split("\t")[-1]
        raise PublishError(f"{path} has conflicts", hint="resolve and commit them")
    return "no merge, rebase or cherry-pick in progress"


def _check_data_remote(root: Path) -> str:
    if not (root / ".dvc").is_dir():
        raise PublishError(f"{root} is no DVC repository", expected="a folder .dvc in it", hint="'dvc init'")
    if name := find_credential(root):
        raise PublishError(
            f"{CONFIG} holds {name}, and that file is in git",
            expected="credentials in .dvc/config.local or the environment",
            hint=f"'dvc remote modify --local NAME {name} VALUE' keeps it here; then remove the line",
        )
    remote = find_data_remote(root)
    if remote.is_folder:
        check_writable(Path(remote.address), "or choose another place: 'dvc remote modify --local NAME url FOLDER'")
    else:
        check_data_remote_writable(root)
    return remote.address


def _check_files(root: Path, dataset: str) -> str:
    kept = [f"data/{dataset}/manifest.json", f"recipes/{dataset}.yaml", PIPELINE, PARAMS, LOCK]
    if ignored := git.try_git(root, "check-ignore", "--verbose", "--", *kept):
        rule, path = ignored.splitlines()[0].split("\t")
        raise PublishError(f"git ignores {path} ({rule})", expected="a file in git", hint="remove that line")
    cached = [f"data/{dataset}/{name}" for name in CACHED]
    if tracked := git.run_git(root, "ls-files", "--", *cached).split():
        raise PublishError(
            f"git tracks {tracked[0]}",
            expected="a file in DVC",
            hint=f"'git rm --cached {' '.join(tracked)}', and commit",
        )
    for path in [*kept, *cached]:
        if (root / path).is_dir():
            raise PublishError(f"{path} is a folder", expected="a file, or nothing yet", hint="move it away")
    return "none in the way"


def _check_folders(root: Path, dataset: str) -> str:
    for folder in (root, root / "data" / dataset, root / ".pedigree", root / ".dvc", _in_git(root, "objects")):
        check_writable(folder)
    return "all can be written"


def _in_git(root: Path, name: str) -> Path:
    return root / git.run_git(root, "rev-parse", "--git-path", name).strip()
