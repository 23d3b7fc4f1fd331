"""Publishes the results of a study as a version: files that git and DVC keep, without the stages of a dataset.

The order is that of pedigree/versions/publishing.py: the data go into DVC's cache and remote, then one git commit of
exactly these files, then an annotated tag. A crash leaves the old version or the new one; the next call finishes.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pedigree.system import dvc, git
from pedigree.system.dataset_lock import hold_lock
from pedigree.versions import versions
from pedigree.versions.versions import Change, Version

POINTER = ".dvc"  # the end of the name of a file in git that names data in DVC by their hash


@dataclass(frozen=True)
class StudyDraft:
    """The contents of a version of a study; paths are relative to the workspace's root."""

    dataset: str
    inputs: tuple[str, ...]  # files that the study read
    kept: tuple[str, ...]  # results in git
    cached: tuple[str, ...]  # results in DVC
    manifest: dict[str, Any]
    summary: str
    details: str


def publish_study(root: Path, draft: StudyDraft) -> tuple[Version, Change] | None:
    """Publish results as the next version; None where the latest version is equal. Raises PublishError."""
    with hold_lock(root / ".pedigree/publish.lock", "publishes a version here"):
        git.finish_move(root)
        before = versions.latest(root, draft.dataset)
        change = compare_studies(versions.read_manifest(root, before), draft.manifest)
        if change is None:
            return None
        dvc.add_files(root, draft.cached)
        pointers = [f"{path}{POINTER}" for path in draft.cached]
        ignored = f"data/{draft.dataset}/.gitignore"
        paths = sorted({*draft.inputs, *draft.kept, *pointers, *([ignored] if (root / ignored).is_file() else [])})
        tag = _next_tag(root, draft.dataset, before, change)
        message = f"{tag.replace('@', ' ')}: {draft.summary}\n\n{draft.details}\n"
        git.commit_files(root, paths, {}, message)
        git.make_tag(root, tag, git.last_commit_of(root, paths), message)
        return versions.find_version(root, draft.dataset, tag), change


def compare_studies(before: dict[str, Any] | None, after: dict[str, Any]) -> Change | None:
    """Return the kind of change: major for other tasks or systems, minor for other results, patch for anything else."""
    if before is None:
        return "first"
    if any(before.get(key) != after[key] for key in ("tasks", "systems")):
        return "major"
    if before.get("tables") != after["tables"]:
        return "minor"
    return None if before == after else "patch"


def _next_tag(root: Path, dataset: str, before: Version | None, change: Change) -> str:
    number = before.number if before else (0, 0, 0)
    while True:
        number = versions.next_number(number, change)
        tag = "{}@v{}.{}.{}".format(dataset, *number)
        if not git.has_tag(root, tag):
            return tag
        change = "patch" if change == "first" else change
