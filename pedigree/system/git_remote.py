"""The remote repository that a branch is pushed to: which one it is, what it holds, push and fetch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pedigree.errors import PublishError
from pedigree.system.git import find_branch, run_git, try_git


@dataclass(frozen=True)
class Remote:
    """The remote repository and branch that a branch is pushed to."""

    name: str
    branch: str

    @property
    def ref(self) -> str:
        """Return the full name of the remote's branch."""
        return f"refs/heads/{self.branch}"


def find_remote(root: Path) -> Remote:
    """Return the branch's upstream, or else a branch of its name on ``origin`` or on the only remote."""
    branch = find_branch(root) or ""
    name = try_git(root, "config", f"branch.{branch}.remote")
    if name and name != ".":
        merge = try_git(root, "config", f"branch.{branch}.merge") or branch
        return Remote(name, merge.removeprefix("refs/heads/"))
    names = run_git(root, "remote").split()
    if "origin" not in names and len(names) != 1:
        raise PublishError(
            f"branch {branch} has no upstream, and there are {len(names)} git remotes",
            expected="a remote to push the version to",
            hint="'git remote add origin URL', or run without pushing git",
        )
    return Remote("origin" if "origin" in names else names[0], branch)


def list_remote(root: Path, remote: Remote, tags: str) -> dict[str, str]:
    """Return full name -> object id of the remote's branch and of its tags that match a pattern."""
    lines = run_git(root, "ls-remote", remote.name, remote.ref, f"refs/tags/{tags}").splitlines()
    return {name: oid for oid, name in (line.split("\t", 1) for line in lines)}


def push(root: Path, remote: Remote, tags: Sequence[str]) -> None:
    """Push branch and tags atomically."""
    refs = [f"HEAD:{remote.ref}", *(f"refs/tags/{tag}" for tag in tags)]
    run_git(root, "push", "--quiet", "--atomic", remote.name, *refs)


def fetch(root: Path, remote: Remote, refspec: str) -> None:
    """Fetch a refspec, without any other tags."""
    run_git(root, "fetch", "--quiet", "--no-tags", remote.name, refspec)


def fetch_branch(root: Path, remote: Remote) -> str:
    """Fetch the remote's branch and return its commit."""
    tracking = f"refs/remotes/{remote.name}/{remote.branch}"
    fetch(root, remote, f"+{remote.ref}:{tracking}")
    return run_git(root, "rev-parse", tracking).strip()
