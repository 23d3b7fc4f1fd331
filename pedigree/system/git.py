"""Runs git: reads a repository and commits exactly the named files.

Only this module runs git. Every function takes the workspace's root first; paths are relative to it. The user's staged
and edited files stay as they are: trees are built in a separate index.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pedigree.errors import PublishError
from pedigree.redaction import mask_secrets

# Git sets these for its hooks; they would override ``root``.
FOREIGN = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_COMMON_DIR"}
FOREIGN_OWNER = re.compile(r"dubious ownership|unsafe repository")  # newer and older git
MOVING = "refs/pedigree/moving"
SETTINGS = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}


def run_git(root: Path, *arguments: str, stdin: str | None = None, index: Path | None = None) -> str:
    """Run git and return its output; raise PublishError with git's message if it fails."""
    done = _run(root, arguments, stdin, index)
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip() or done.stdout.decode(errors="replace").strip()
        words = mask_secrets(words) or f"exit status {done.returncode}"
        raise PublishError(f"git {arguments[0]} failed: {words}")
    return done.stdout.decode("utf-8", "surrogateescape")


def try_git(root: Path, *arguments: str) -> str | None:
    """Run git and return its output, stripped; None if it fails."""
    done = _run(root, arguments)
    return None if done.returncode else done.stdout.decode("utf-8", "surrogateescape").strip()


def resolve(root: Path, rev: str, kind: str = "commit") -> str | None:
    """Return the object id of a revision (``kind``: commit, tree or tag); None if it does not exist."""
    return try_git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{{kind}}}")


def read_blob(root: Path, rev: str, path: str) -> bytes | None:
    """Return a file's bytes at a revision; None if the revision does not have it."""
    commit = resolve(root, rev)
    done = _run(root, ("cat-file", "blob", f"{commit}:./{path}"))
    return None if commit is None or done.returncode else done.stdout


def read_text(root: Path, rev: str, path: str) -> str:
    """Return a file's text at a revision; an empty text if the revision does not have it."""
    return (read_blob(root, rev, path) or b"").decode("utf-8")


def is_ancestor(root: Path, older: str, newer: str) -> bool:
    """Return whether ``newer`` contains ``older``; False for an unknown commit."""
    return try_git(root, "merge-base", "--is-ancestor", older, newer) is not None


def last_commit_of(root: Path, paths: Sequence[str], head: str = "HEAD") -> str:
    """Return the latest commit up to ``head`` that changed any of the paths; it has them as ``head`` has them."""
    return run_git(root, "log", "-1", "--format=%H", head, "--", *_quote_paths(paths)).strip()


def commit_files(root: Path, paths: Sequence[str], texts: Mapping[str, str], message: str) -> None:
    """Commit the paths as they are in the workspace and ``texts`` (path -> content), and nothing else.

    If HEAD has all of it already, no commit is made. The user's hooks run.
    """
    head = run_git(root, "rev-parse", "HEAD").strip()
    with temporary_index(root, head, paths, texts) as (index, tree):
        if tree != resolve(root, "HEAD", "tree"):
            run_git(root, "commit", "--quiet", "--cleanup=whitespace", "--file=-", stdin=message, index=index)
            if resolve(root, "HEAD^") != head:  # another commit was made meanwhile; our tree would undo it
                run_git(root, "update-ref", "HEAD", "HEAD^")
                raise PublishError("the branch moved while the version was being committed", hint="run again")
    unstage(root, [*paths, *texts])


def commit_onto(root: Path, parent: str, paths: Sequence[str], texts: Mapping[str, str], message: str) -> str:
    """Return a commit of ``parent`` plus the paths and texts; branch, index and files do not change."""
    with temporary_index(root, parent, paths, texts) as (_, tree):
        sign = ["-S"] if try_git(root, "config", "--type=bool", "commit.gpgsign") == "true" else []
        return run_git(root, "commit-tree", *sign, "-p", parent, "-F", "-", tree, stdin=message).strip()


def move_branch(root: Path, to: str) -> None:
    """Move index, files and branch to a commit; raise PublishError if that would overwrite the user's edits."""
    head = run_git(root, "rev-parse", "HEAD").strip()
    run_git(root, "update-ref", f"{MOVING}/{head}", to)
    try_git(root, "update-index", "-q", "--refresh")  # its exit status only tells whether there are edits
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
    """Finish a move of the branch that was killed after its files were moved."""
    head = resolve(root, "HEAD")
    if to := resolve(root, f"{MOVING}/{head}"):
        move_branch(root, to)


def point_branch(root: Path, to: str, old: str) -> None:
    """Point the branch to another commit; raise PublishError if it is no longer at ``old``."""
    run_git(root, "update-ref", "-m", "pedigree: publish", "HEAD", to, old)


def unstage(root: Path, paths: Sequence[str]) -> None:
    """Make the index hold the paths as HEAD does."""
    run_git(root, "reset", "--quiet", "--", *_quote_paths(paths))


def find_changed(root: Path, before: str, after: str) -> set[str]:
    """Return the paths below the root that differ between two commits."""
    return set(run_git(root, "diff", "--name-only", "--relative", "-z", before, after).split("\0")) - {""}


def list_tags(root: Path, pattern: str) -> list[tuple[str, str, str, str]]:
    """Return (tag, commit, ISO date, subject) of each annotated tag; lightweight tags are no versions."""
    form = "%(refname:strip=2)%09%(objecttype)%09%(*objectname)%09%(taggerdate:iso-strict)%09%(contents:subject)"
    lines = run_git(root, "for-each-ref", f"--format={form}", f"refs/tags/{pattern}").splitlines()
    rows = [line.split("\t", 4) for line in lines]
    return [(tag, commit, date, subject) for tag, kind, commit, date, subject in rows if kind == "tag"]


def make_tag(root: Path, tag: str, commit: str, message: str) -> None:
    """Make an annotated tag; raise PublishError if one of that name exists."""
    run_git(root, "tag", "--annotate", "--cleanup=whitespace", "--file=-", tag, commit, stdin=message)


def delete_tag(root: Path, tag: str) -> None:
    """Delete a local tag; remotes keep theirs."""
    run_git(root, "tag", "--delete", tag)


def has_tag(root: Path, tag: str) -> bool:
    """Return whether a tag of that name exists, annotated or not."""
    return try_git(root, "show-ref", "--verify", f"refs/tags/{tag}") is not None


def find_branch(root: Path) -> str | None:
    """Return the current branch; None if HEAD is detached."""
    return try_git(root, "symbolic-ref", "--quiet", "--short", "HEAD")


@contextmanager
def temporary_index(
    root: Path, base: str, paths: Sequence[str], texts: Mapping[str, str]
) -> Generator[tuple[Path, str]]:
    """Yield the path of a temporary index with ``base`` plus the paths and texts, and the id of its tree."""
    prefix = run_git(root, "rev-parse", "--show-prefix").strip()
    with tempfile.TemporaryDirectory(prefix="pedigree-") as folder:
        index = Path(folder) / "index"
        run_git(root, "read-tree", base, index=index)
        run_git(root, "update-index", "--add", "--", *paths, index=index)
        for path, text in sorted(texts.items()):
            oid = run_git(root, "hash-object", "-w", "--stdin", "--path", path, stdin=text).strip()
            run_git(root, "update-index", "--add", "--cacheinfo", f"100644,{oid},{prefix}{path}", index=index)
        yield index, run_git(root, "write-tree", index=index).strip()


def _quote_paths(paths: Sequence[str]) -> list[str]:
    return [f":(literal){path}" for path in paths]  # a file's name may contain a *


def _run(
    root: Path, arguments: Sequence[str], stdin: str | None = None, index: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    environment = {key: value for key, value in os.environ.items() if key not in FOREIGN} | SETTINGS
    if index is not None:
        environment["GIT_INDEX_FILE"] = str(index)
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            input=(stdin or "").encode("utf-8", "surrogateescape"),
            capture_output=True,
            env=environment,
            check=False,
        )
    except FileNotFoundError:
        raise PublishError("git is not installed", hint="install git 2.30 or newer") from None
    if done.returncode and FOREIGN_OWNER.search(words := done.stderr.decode(errors="replace")):
        raise _describe_owner(words)
    return done


def _describe_owner(words: str) -> PublishError:
    """Return the error for a repository of another user, which git does not read, in git's words."""
    said = next(line for line in words.splitlines() if FOREIGN_OWNER.search(line))
    remedy = re.search(r"git config --global --add safe\.directory .+", words)
    command = remedy[0].strip() if remedy else "git config --global --add safe.directory FOLDER"
    return PublishError(
        f"git: {mask_secrets(said.strip().removeprefix('fatal: '))}",
        expected="a repository of the user who runs this, or one that git was told to trust",
        hint=f"if you trust its owner, as git says: {mask_secrets(command)}",
    )
