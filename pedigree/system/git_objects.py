"""Reads files of git commits and tags without a checkout, and verifies file contents against git's object ids."""

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

from pedigree.errors import LinkError, PublishError
from pedigree.system.git import run_git, temporary_index, try_git

DIGESTS = {40: "sha1", 64: "sha256"}  # hash function by the length of an id


def read_files(root: Path, commit: str, paths: Sequence[str]) -> dict[str, bytes]:
    """Return path -> bytes of the files at or below the paths at a commit, without symbolic links.

    Raises LinkError if an object's content does not match its id.
    """
    listed = run_git(root, "ls-tree", "-r", "-z", commit, "--", *paths).split("\0")[:-1] if paths else []
    entries = [(*line.split("\t")[0].split(), line.split("\t", 1)[1]) for line in listed]
    ids = {path: oid for mode, _, oid, path in entries if mode.startswith("100")}
    try:
        output = run_git(root, "cat-file", "--batch", stdin="".join(f"{oid}\n" for oid in ids.values()))
    except PublishError as error:
        raise LinkError(f"git: {error.found}", hint="'git fsck'") from None
    objects = io.BytesIO(output.encode("utf-8", "surrogateescape"))
    files = {}
    for path, oid in ids.items():
        *_, size = objects.readline().split() or [b""]
        if not size.isdigit():
            raise LinkError(f"git: {path}: the object {oid} can't be read", hint="'git fsck'")
        files[path] = objects.read(int(size))
        objects.read(1)
        if hashlib.new(DIGESTS[len(oid)], b"blob " + size + b"\0" + files[path]).hexdigest() != oid:
            raise LinkError(f"git: {path}: the object {oid} does not match its id", hint="'git fsck'")
    return files


def list_files(root: Path, commit: str, path: str) -> list[str]:
    """Return the paths of the files at or below a path at a commit, sorted."""
    return sorted(run_git(root, "ls-tree", "-r", "-z", "--name-only", commit, "--", path).split("\0")[:-1])


def list_converted(root: Path, paths: Sequence[str]) -> list[str]:
    """Return the files that a commit would hold with other bytes than they have here: line ends, filters, encodings."""
    if not paths:
        return []
    with temporary_index(root, "HEAD", paths, {}) as (index, _):
        lines = run_git(root, "ls-files", "--stage", "-z", index=index).split("\0")[:-1]
    stored = {line.split("\t", 1)[1]: line.split()[1] for line in lines}
    plain = run_git(root, "hash-object", "--no-filters", "--", *paths).split()
    return [path for path, oid in zip(paths, plain, strict=True) if stored.get(path) != oid]


def would_store(root: Path, path: str, data: bytes) -> bool:
    """Return whether git, which may convert a file's bytes, would store the file as ``data``; False without a file."""
    if not (root / path).is_file():
        return False
    oid = run_git(root, "hash-object", "--", path).strip()
    return hashlib.new(DIGESTS[len(oid)], b"blob %d\0" % len(data) + data).hexdigest() == oid


def read_attributes(root: Path, paths: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return path -> name -> value of the attributes that are set for files; the files need not exist."""
    parts = run_git(root, "check-attr", "-z", *names, "--", *paths).split("\0")[:-1]
    found: dict[str, dict[str, str]] = {path: {} for path in paths}
    for path, name, value in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        if value not in ("unspecified", "unset"):
            found[path][name] = value
    return found


def read_tag(root: Path, tag: str) -> tuple[str, str] | None:
    """Return an annotated tag's own name and its message; None for a lightweight tag."""
    text = try_git(root, "cat-file", "tag", f"refs/tags/{tag}")
    if text is None:
        return None
    header, _, message = text.partition("\n\n")
    return next(line.removeprefix("tag ") for line in header.splitlines() if line.startswith("tag ")), message


def read_subject(root: Path, commit: str) -> str:
    """Return the first line of a commit's message."""
    return run_git(root, "log", "-1", "--format=%s", commit).strip()
