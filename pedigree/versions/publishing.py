"""Publishes a run as a version.

The steps: the stages' outputs go into DVC's cache, then to its remote; one git commit of exactly the files of this run;
one annotated tag; if requested, branch and tag are pushed. So the data of every tag can be pulled, and a crash leaves
the old version or the new one: the next call finishes the job.
"""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pedigree.errors import PublishError
from pedigree.system import dvc, git, git_remote
from pedigree.system.dataset_lock import hold_lock
from pedigree.system.dvc_files import LOCK, PARAMS, PIPELINE, add_artifact, add_dataset, take_stages
from pedigree.versions import data_remote, versions
from pedigree.versions.snapshots import list_data
from pedigree.versions.versions import Change, Version

PUSHES = 5
UNFINISHED = "refs/pedigree/unfinished"  # a moved commit whose stages are not yet recorded in it

log = logging.getLogger("pedigree")


@dataclass(frozen=True)
class Draft:
    """The contents of a version to publish; paths are relative to the workspace's root."""

    dataset: str
    inputs: tuple[str, ...]  # files that the run read
    outputs: tuple[str, ...]  # files that it made and git stores
    manifest: dict[str, Any]
    summary: str  # the subject, after the version
    details: str

    def describe(self, tag: str) -> str:
        """Return the message of commit and tag."""
        return f"{tag.replace('@', ' ')}: {self.summary}\n\n{self.details}\n"


@dataclass(frozen=True)
class Published:
    """A version that this call made or pushed."""

    version: Version
    change: Change | None  # None where an earlier call made it and this one pushed it
    pushed: bool


def publish(root: Path, draft: Draft, push_git: bool = False) -> Published | None:
    """Publish the workspace as the next version; None where the latest version is equal.

    Finishes what an earlier call left incomplete. Raises PublishError for the first step that fails.
    """
    # One version at a time: two would be committed onto the same parent.
    with hold_lock(root / ".pedigree/publish.lock", "publishes a version here"):
        git.finish_move(root)
        before, change = _compare(root, draft)
        if change is None:
            if before:
                _push_missing(root, before)
            return _push(root, draft, before, None) if before and push_git else None
        dvc.commit_stages(root, draft.dataset)
        dvc.push_data(root, draft.dataset)
        _commit(root, draft, _next_tag(root, draft, before, change))
        version = _tag(root, draft, before, change)
        return _push(root, draft, version, change) if push_git else Published(version, change, pushed=False)


def _commit(root: Path, draft: Draft, tag: str) -> None:
    """Commit the run's files; a commit that a killed move left unfinished is replaced."""
    head = git.resolve(root, "HEAD")
    if git.resolve(root, UNFINISHED) == head:
        _record_stages(root, draft, tag)
    else:
        paths, texts = _collect(root, draft, "HEAD")
        git.commit_files(root, paths, texts, draft.describe(tag))


def is_committed(root: Path, paths: list[str]) -> bool:
    """Return whether HEAD has the files as they are in the workspace."""
    return all(
        (root / path).is_file() and git.read_blob(root, "HEAD", path) == (root / path).read_bytes() for path in paths
    )


def _compare(root: Path, draft: Draft) -> tuple[Version | None, Change | None]:
    before = versions.latest(root, draft.dataset)
    return before, versions.compare_manifests(versions.read_manifest(root, before), draft.manifest)


def _push_missing(root: Path, version: Version) -> None:
    """Push the data of a version that the remote lacks."""
    if paths := data_remote.push_missing(root, version, list_data(root, version.commit, version.dataset)):
        log.warning("%s: the data remote lacked %s; pushed again", version.tag, ", ".join(paths))


def _collect(root: Path, draft: Draft, base: str) -> tuple[list[str], dict[str, str]]:
    """Return the paths to commit unchanged, and the shared files as of ``base`` with the dataset's entries added."""
    kept = [f"data/{folder}/{draft.dataset}/.gitkeep" for folder in ("seeds", "reviews")]
    optional = [f"data/{draft.dataset}/.gitignore", *kept, PIPELINE]
    paths = sorted({*draft.inputs, *draft.outputs, *(path for path in optional if (root / path).is_file())})
    own_lock = (root / LOCK).read_text(encoding="utf-8")
    params = git.read_text(root, base, PARAMS) or "datasets: []\n"
    return paths, {
        LOCK: take_stages(git.read_text(root, base, LOCK), own_lock, draft.dataset),
        PARAMS: add_dataset(params, draft.dataset),
    }


def _next_tag(root: Path, draft: Draft, before: Version | None, change: Change) -> str:
    """Return the first free tag; a lightweight tag also counts as taken."""
    number = before.number if before else (0, 0, 0)
    while True:
        number = versions.next_number(number, change)
        tag = "{}@v{}.{}.{}".format(draft.dataset, *number)
        if not git.has_tag(root, tag):
            return tag
        change = "patch" if change == "first" else change


def _tag(root: Path, draft: Draft, before: Version | None, change: Change) -> Version:
    paths, texts = _collect(root, draft, "HEAD")
    tag = _next_tag(root, draft, before, change)
    git.make_tag(root, tag, git.last_commit_of(root, [*paths, *texts]), draft.describe(tag))
    return versions.find_version(root, draft.dataset, tag)


def _push(root: Path, draft: Draft, version: Version, change: Change | None) -> Published | None:
    """Push branch and tags; where the remote has new commits, move the version onto them and try again."""
    remote, tags = git_remote.find_remote(root), f"{draft.dataset}@v*"
    for _ in range(PUSHES):
        there = git_remote.list_remote(root, remote, tags)
        if there.get(f"refs/tags/{version.tag}") == git.resolve(root, version.tag, "tag"):
            return None
        if _fits(root, remote, there, version):
            own = [v.tag for v in versions.list_versions(root, draft.dataset) if f"refs/tags/{v.tag}" not in there]
            try:
                git_remote.push(root, remote, own)
                return Published(version, change, pushed=True)
            except PublishError:
                if git_remote.list_remote(root, remote, tags) == there:
                    raise
        else:
            log.info("%s moved; putting %s onto it", remote.name, version.tag)
            moved = _replay(root, draft, version, remote, there)
            if moved is None:
                return None
            version, change = moved
    raise PublishError(
        f"{remote.name} moved {PUSHES} times while {version.tag} was being pushed",
        expected="a moment without other pushes",
        hint="run again: the version is made here, and is only pushed",
    )


def _fits(root: Path, remote: git_remote.Remote, there: dict[str, str], version: Version) -> bool:
    upstream = there.get(remote.ref)
    return f"refs/tags/{version.tag}" not in there and (upstream is None or git.is_ancestor(root, upstream, "HEAD"))


def _replay(
    root: Path, draft: Draft, version: Version, remote: git_remote.Remote, there: dict[str, str]
) -> tuple[Version, Change] | None:
    """Move the version onto the remote's branch, with the next free number; None where the remote has its content."""
    tags, head = f"refs/tags/{draft.dataset}@v*", _resolve(root, "HEAD")
    upstream = git_remote.fetch_branch(root, remote) if remote.ref in there else None
    if upstream and git.is_ancestor(root, upstream, head):
        upstream = None  # nothing to move onto
    if upstream:
        _check_replay(root, draft, version, upstream)
    git.delete_tag(root, version.tag)
    git_remote.fetch(root, remote, f"{tags}:{tags}")
    before, change = _compare(root, draft)
    if change is None:
        if upstream:
            git.move_branch(root, upstream)
        return None
    if version.commit == head:
        tag = _next_tag(root, draft, before, change)
        _commit_again(root, draft, f"{head}^", upstream or f"{head}^", tag)
    return _tag(root, draft, before, change), change


def _check_replay(root: Path, draft: Draft, version: Version, upstream: str) -> None:
    """Raise PublishError unless only the version's commit is to be moved, and upstream has its inputs unchanged."""
    parent = f"{version.commit}^"
    hint = "'git pull --rebase', then run again; nothing is paid twice"
    if version.commit != git.resolve(root, "HEAD") or not git.is_ancestor(root, parent, upstream):
        raise PublishError(
            "upstream moved, and the branch holds commits of yours that it lacks",
            expected="only the version's own commit",
            hint=hint,
        )
    changed = git.find_changed(root, parent, upstream)
    read = {*draft.inputs} & changed
    plain = add_artifact(git.read_text(root, parent, PIPELINE), draft.dataset)
    if PIPELINE in changed and plain != git.read_text(root, version.commit, PIPELINE):
        read.add(PIPELINE)
    if read:
        raise PublishError(
            f"upstream changed what {version.tag} was made from: {', '.join(sorted(read))}",
            expected="a version made from what is published with it",
            hint=hint,
        )


def _commit_again(root: Path, draft: Draft, base: str, parent: str, tag: str) -> None:
    """Move this version's commit from ``base`` onto ``parent``, and record its stages again."""
    base_pipeline, pipeline = (git.read_text(root, commit, PIPELINE) for commit in (base, parent))
    moved = {PIPELINE: add_artifact(pipeline, draft.dataset)} if pipeline != base_pipeline else {}

    paths, texts = _collect(root, draft, parent)
    plain = [path for path in paths if path not in moved]
    moved_commit = git.commit_onto(root, parent, plain, texts | moved, draft.describe(tag))
    git.run_git(root, "update-ref", UNFINISHED, moved_commit)
    git.move_branch(root, moved_commit)
    dvc.commit_stages(root, draft.dataset)
    _record_stages(root, draft, tag)


def _record_stages(root: Path, draft: Draft, tag: str) -> None:
    """Replace HEAD by a commit in which the stages are recorded as they are in the workspace."""
    head, parent = _resolve(root, "HEAD"), _resolve(root, "HEAD^")
    paths, texts = _collect(root, draft, parent)
    commit = git.commit_onto(root, parent, paths, texts, draft.describe(tag))
    if changed := git.find_changed(root, head, commit):
        git.point_branch(root, commit, head)
        git.unstage(root, sorted(changed))
    git.run_git(root, "update-ref", "-d", UNFINISHED)


def _resolve(root: Path, rev: str) -> str:
    commit = git.resolve(root, rev)
    if commit is None:
        raise PublishError(f"{root} has no commit {rev}", hint="'git log' shows the commits")
    return commit
