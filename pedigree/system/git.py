"""Git, run as a program: what a repository holds, and commits of exactly the named files.

This module alone runs git. Every function takes the workspace's root first; paths are relative to it. What the user
has staged or edited stays as it is: trees are built in an index of their own.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pedigree.errors import PublishError
from pedigree.redaction import mask_secrets

# Set by git for its hooks; they would lead away from ``root``.
FOREIGN = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_COMMON_DIR"}
MOVING = "refs/pedigree/moving"
SETTINGS = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}


@dataclass(frozen=True)
class Remote:
    """Where a branch is pushed to."""

    name: str
    branch: str

    @property
    def ref(self) -> str:
        """Return the branch's full name over there."""
        return f"refs/heads/{self.branch}"


def run_git(root: Path, *arguments: str, stdin: str | None = None, index: Path | None = None) -> str:
    """Run git and return what it wrote; raise PublishError with git's own words where it failed."""
    done = _run(root, arguments, stdin, index)
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip() or done.stdout.decode(errors="replace").strip()
        words = mask_secrets(words) or f"exit status {done.returncode}"
        raise PublishError(f"git {arguments[0]} failed: {words}")
    return done.stdout.decode("utf-8", "surrogateescape")


def try_git(root: Path, *arguments: str) -> str | None:
    """Run git and return what it wrote without spaces around it; None where it failed."""
    done = _run(root, arguments)
    return None if done.returncode else done.stdout.decode("utf-8", "surrogateescape").strip()


def resolve(root: Path, rev: str, kind: str = "commit") -> str | None:
    """Return the object id of a revision (``kind``: commit, tree or tag); None where there is none."""
    return try_git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{{kind}}}")


def read_blob(root: Path, rev: str, path: str) -> bytes | None:
    """Return a file's bytes at a revision; None where the revision has no such file."""
    commit = resolve(root, rev)
    done = _run(root, ("cat-file", "blob", f"{commit}:./{path}"))
    return None if commit is None or done.returncode else done.stdout


def read_text(root: Path, rev: str, path: str) -> str:
    """Return a file's text at a revision; the empty text where the revision has no such file."""
    return (read_blob(root, rev, path) or b"").decode("utf-8")


def is_ancestor(root: Path, older: str, newer: str) -> bool:
    """Return whether ``newer`` holds ``older``; False as well for a commit that is not here."""
    return try_git(root, "merge-base", "--is-ancestor", older, newer) is not None


def last_commit_of(root: Path, paths: Sequence[str], head: str = "HEAD") -> str:
    """Return the latest commit up to ``head`` that changed any of the paths: in it they are as they are in ``head``."""
    return run_git(root, "log", "-1", "--format=%H", head, "--", *_take_literally(paths)).strip()


def commit_files(root: Path, paths: Sequence[str], texts: Mapping[str, str], message: str) -> None:
    """Commit the paths as they lie in the workspace, and ``texts`` (path -> content), and nothing else.

    Where HEAD holds all that already, no commit is made. Hooks run as the user has set them up.
    """
    head = resolve(root, "HEAD")
    with _own_index(root, head, paths, texts) as (index, tree):
        if tree != resolve(root, "HEAD", "tree"):
            run_git(root, "commit", "--quiet", "--cleanup=whitespace", "--file=-", stdin=message, index=index)
            if resolve(root, "HEAD^") != head:  # somebody committed since; our tree would undo that
                run_git(root, "update-ref", "HEAD", "HEAD^")
                raise PublishError("the branch moved while the version was being committed", hint="run again")
    unstage(root, [*paths, *texts])


def commit_onto(root: Path, parent: str, paths: Sequence[str], texts: Mapping[str, str], message: str) -> str:
    """Return a commit of ``parent`` with the paths and texts put into it; branch, index and files stay as they are."""
    with _own_index(root, parent, paths, texts) as (_, tree):
        sign = ["-S"] if try_git(root, "config", "--type=bool", "commit.gpgsign") == "true" else []
        return run_git(root, "commit-tree", *sign, "-p", parent, "-F", "-", tree, stdin=message).strip()


def move_branch(root: Path, to: str) -> None:
    """Move index, files and branch to a commit; raise PublishError where that would overwrite the user's edits."""
    head = run_git(root, "rev-parse", "HEAD").strip()
    run_git(root, "update-ref", f"{MOVING}/{head}", to)
    try_git(root, "update-index", "-q", "--refresh")  # its status only says whether the user has edits
    try:
        run_git(root, "read-tree", "-m", "-u", head, to)
    except PublishError as error:
        run_git(root, "update-ref", "-d", f"{MOVING}/{head}")
        raise PublishError(
            f"upstream moved, and your own edits are in the way: {error.found}",
            hint="commit or stash them, 'git pull --rebase', then run again",
        ) from None
    point_branch(root, to, head)
    run_git(root, "update-ref", "-d", f"{MOVING}/{head}")


def finish_move(root: Path) -> None:
    """Finish a move that was killed between files and branch, where the index holds what the branch does not."""
    head = resolve(root, "HEAD")
    if to := resolve(root, f"{MOVING}/{head}"):
        move_branch(root, to)


def point_branch(root: Path, to: str, old: str) -> None:
    """Let the branch name another commit, unless somebody else moved it from ``old``."""
    run_git(root, "update-ref", "-m", "pedigree: publish", "HEAD", to, old)


def unstage(root: Path, paths: Sequence[str]) -> None:
    """Make the index hold the paths as HEAD does."""
    run_git(root, "reset", "--quiet", "--", *_take_literally(paths))


def find_changed(root: Path, before: str, after: str) -> set[str]:
    """Return the paths below the root that differ between two commits."""
    return set(run_git(root, "diff", "--name-only", "--relative", "-z", before, after).split("\0")) - {""}


def list_tags(root: Path, pattern: str) -> list[tuple[str, str, str, str]]:
    """Return (tag, commit, ISO date, subject) of each annotated tag; lightweight ones don't count as versions."""
    form = "%(refname:strip=2)%09%(objecttype)%09%(*objectname)%09%(taggerdate:iso-strict)%09%(contents:subject)"
    lines = run_git(root, "for-each-ref", f"--format={form}", f"refs/tags/{pattern}").splitlines()
    rows = [line.split("\t", 4) for line in lines]
    return [(tag, commit, date, subject) for tag, kind, commit, date, subject in rows if kind == "tag"]


def make_tag(root: Path, tag: str, commit: str, message: str) -> None:
    """Make an annotated tag; raise PublishError where there is one of that name."""
    run_git(root, "tag", "--annotate", "--cleanup=whitespace", "--file=-", tag, commit, stdin=message)


def delete_tag(root: Path, tag: str) -> None:
    """Remove a tag here; what a remote has stays there."""
    run_git(root, "tag", "--delete", tag)


def has_tag(root: Path, tag: str) -> bool:
    """Return whether there is a tag of that name, annotated or not."""
    return try_git(root, "show-ref", "--verify", f"refs/tags/{tag}") is not None


def find_branch(root: Path) -> str | None:
    """Return the branch that is checked out; None where HEAD is detached."""
    return try_git(root, "symbolic-ref", "--quiet", "--short", "HEAD")


def find_remote(root: Path) -> Remote:
    """Return where the branch is pushed to: its upstream, else a branch of its name on ``origin`` or the one remote."""
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
    """Push branch and tags, all or none of them."""
    refs = [f"HEAD:{remote.ref}", *(f"refs/tags/{tag}" for tag in tags)]
    run_git(root, "push", "--quiet", "--atomic", remote.name, *refs)


def fetch(root: Path, remote: Remote, refspec: str) -> None:
    """Fetch by a refspec, and no tags but those that it names."""
    run_git(root, "fetch", "--quiet", "--no-tags", remote.name, refspec)


def fetch_branch(root: Path, remote: Remote) -> str:
    """Fetch the remote's branch and return its commit."""
    tracking = f"refs/remotes/{remote.name}/{remote.branch}"
    fetch(root, remote, f"+{remote.ref}:{tracking}")
    return run_git(root, "rev-parse", tracking).strip()


@contextmanager
def _own_index(root, base, paths, texts) -> Iterator[tuple[Path, str]]:
    """Yield an index that holds ``base`` with the paths and texts put into it, and its tree's id."""
    prefix = run_git(root, "rev-parse", "--show-prefix").strip()
    with tempfile.TemporaryDirectory(prefix="pedigree-") as folder:
        index = Path(folder) / "index"
        run_git(root, "read-tree", base, index=index)
        run_git(root, "update-index", "--add", "--", *paths, index=index)
        for path, text in sorted(texts.items()):
            oid = run_git(root, "hash-object", "-w", "--stdin", "--path", path, stdin=text).strip()
            run_git(root, "update-index", "--add", "--cacheinfo", f"100644,{oid},{prefix}{path}", index=index)
        yield index, run_git(root, "write-tree", index=index).strip()


def _take_literally(paths: Sequence[str]) -> list[str]:
    return [f":(literal){path}" for path in paths]  # a recipe may name a file with a * in it


def _run(root: Path, arguments: Sequence[str], stdin: str | None = None, index: Path | None = None):
    environment = {key: value for key, value in os.environ.items() if key not in FOREIGN} | SETTINGS
    if index is not None:
        environment["GIT_INDEX_FILE"] = str(index)
    try:
        return subprocess.run(
            ["git", "-C", str(root), *arguments],
            input=(stdin or "").encode("utf-8", "surrogateescape"),
            capture_output=True,
            env=environment,
            check=False,
        )
    except FileNotFoundError:
        raise PublishError("git is not installed", hint="install git 2.30 or newer") from None
