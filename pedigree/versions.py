"""Versions: what was published of a dataset, what changed between two, and the data that DVC keeps for them.

This module alone imports DVC.
"""

import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from pedigree import git
from pedigree.atomic import replacing, write_text
from pedigree.dvc_files import LOCK, PARAMS, PIPELINE, add_artifact, add_dataset, name_stages
from pedigree.errors import PedigreeError, PublishError, WorkspaceError
from pedigree.secrets import mask_secrets

Change = Literal["first", "major", "minor", "patch"]
Number = tuple[int, int, int]
T = TypeVar("T")
PATIENCE = 60.0  # seconds that another DVC command may take
MEND = "mend that, then run again; nothing is paid twice"
LOGGERS = ("dvc", "dvc_data", "dvc_objects", "zc.lockfile")

log = logging.getLogger("pedigree")


@dataclass(frozen=True)
class Version:
    """A published version: an annotated tag ``<dataset>@vX.Y.Z``."""

    dataset: str
    number: Number
    tag: str
    commit: str
    date: str
    subject: str

    @property
    def name(self) -> str:
        """Return the version as people write it, ``v1.2.0``."""
        return "v{}.{}.{}".format(*self.number)


def list_versions(root: Path, dataset: str | None = None) -> list[Version]:
    """Return the versions of a dataset, or of all, the oldest number first; lightweight tags are none."""
    versions = []
    for tag, commit, date, subject in git.list_tags(root, f"{dataset or '*'}@v*"):
        if match := re.fullmatch(r"([a-z][a-z0-9-]*)@v(\d+)\.(\d+)\.(\d+)", tag):
            name, *number = match.groups()
            versions.append(Version(name, tuple(int(part) for part in number), tag, commit, date, subject))
    return sorted(versions, key=lambda version: (version.dataset, version.number))


def latest(root: Path, dataset: str) -> Version | None:
    """Return the version of the highest number; None before the first."""
    return (list_versions(root, dataset) or [None])[-1]


def find_version(root: Path, dataset: str, name: str) -> Version:
    """Return the version that people call ``v1.2.0``, ``1.2.0``, ``latest`` or by its tag."""
    versions = list_versions(root, dataset)
    for version in versions:
        if name in {version.name, version.name[1:], version.tag} or (name == "latest" and version is versions[-1]):
            return version
    known = ", ".join(version.name for version in versions)
    raise WorkspaceError(
        f"{dataset} has no version {name!r}",
        expected=f"one of {known}, or latest" if known else "a published version; there is none yet",
        mend="'pedigree versions' lists them" if known else _say_how_to_begin(root, dataset),
    )


def _say_how_to_begin(root: Path, dataset: str) -> str:
    recipes = sorted(path.stem for path in (root / "recipes").glob("*.yaml"))
    if not recipes or dataset in recipes:
        return f"'pedigree run {dataset}' makes the first"
    return f"correct the name; there are recipes of {', '.join(recipes)}"


def read_at(root: Path, rev: str, path: str) -> bytes:
    """Return a file's bytes as of a revision, from git or else from DVC's cache or remote.

    Raises WorkspaceError where the revision, or the file in it, is not to be had.
    """
    commit = git.resolve(root, rev)
    if commit is None:
        mend = "'pedigree versions' lists the published ones"
        raise WorkspaceError(f"{rev!r} is no revision of this repository", mend=mend)
    if (blob := git.read_blob(root, commit, path)) is not None:
        return blob
    with _translating(f"{path} of {rev} can't be read"):
        from dvc.api import DVCFileSystem

        return DVCFileSystem(str(root), rev=commit).read_bytes(path)


def copy_at(root: Path, commit: str, path: str, to: Path) -> None:
    """Write a file that DVC keeps, as of a commit, to another place; raise PublishError where it is not to be had."""
    with _translating(f"{path} of {commit[:8]} can't be read"):
        from dvc.api import DVCFileSystem

        DVCFileSystem(str(root), rev=commit).get_file(path, str(to))


def find_cache(root: Path) -> Path | None:
    """Return the folder of DVC's cache that holds files by their md5; None where DVC does not manage the workspace."""
    if not (root / ".dvc").is_dir():
        return None
    with _translating("DVC's cache can't be found"):
        from dvc.repo import Repo

        with Repo(str(root)) as repo:
            return Path(repo.cache.local.path)


def read_manifest(root: Path, version: Version | None) -> dict[str, Any] | None:
    """Return a version's manifest as plain values, whatever schema it has; None for no version."""
    if version is None:
        return None
    blob = git.read_blob(root, version.commit, f"data/{version.dataset}/manifest.json")
    try:
        return json.loads(blob or b"{}")
    except ValueError as error:
        raise WorkspaceError(f"the manifest of {version.tag} is not JSON: {error}") from None


def compare_manifests(before: dict[str, Any] | None, after: dict[str, Any]) -> Change | None:
    """Return what kind of version ``after`` is: None where nothing differs.

    Major: labels or fields. Minor: rows of train or validation. Patch: anything else.
    """
    if before is None:
        return "first"
    if set(before.get("labels", ())) != set(after["labels"]) or before.get("fields") != after["fields"]:
        return "major"
    for split in ("train", "validation"):
        if before["tables"][split]["content_sha256"] != after["tables"][split]["content_sha256"]:
            return "minor"
    return None if before == after else "patch"


def next_number(before: Number, change: Change) -> Number:
    """Return the number after ``before``; the first is 1.0.0."""
    major, minor, patch = before
    steps = {"first": (1, 0, 0), "major": (major + 1, 0, 0), "minor": (major, minor + 1, 0)}
    return steps.get(change, (major, minor, patch + 1))


def commit_stages(root: Path, dataset: str) -> None:
    """Record the stages as they lie in the workspace, as 'dvc commit' does: 'dvc repro' then has nothing to do.

    Adds the dataset to params.yaml and to the artifacts of dvc.yaml. Raises PublishError where an output is absent.
    """
    _edit(root / PARAMS, add_dataset, dataset)
    _edit(root / PIPELINE, add_artifact, dataset)
    for folder in (root / "data" / "seeds" / dataset, root / "data" / "reviews" / dataset):
        if not folder.is_dir() or not any(folder.iterdir()):
            write_text(folder / ".gitkeep", "")  # the stages depend on the folder, and git keeps no empty one

    def record(repo):
        from dvc.dvcfile import Lockfile

        _mend_lock(root, Lockfile(repo, str(root / LOCK)))
        stages = [repo.stage.load_one(str(root / PIPELINE), name) for name in name_stages(dataset)]
        for stage in stages:
            # DVC's run cache would take paths from the current folder, and it is the ledger that saves money.
            stage.save(run_cache=False)
            stage.commit()
        with replacing(root / LOCK) as beside:  # DVC itself writes it in place
            beside.write_bytes((root / LOCK).read_bytes() if (root / LOCK).is_file() else b"")
            Lockfile(repo, str(beside)).dump_stages(stages)

    with_repo(root, record)


def push_data(root: Path, dataset: str) -> None:
    """Copy the stages' outputs to the default DVC remote; raise PublishError unless all of them are there."""
    targets = [f"{root / PIPELINE}:{name}" for name in name_stages(dataset)]

    def push(repo):
        repo.drop_data_index()  # DVC believes its list of what to push, though a push that was killed left it half written
        repo.push(targets=targets)
        remote = repo.cloud.get_remote(command="push")
        if remote.fs.version_aware or remote.worktree:
            return
        stages = [repo.stage.load_one(str(root / PIPELINE), name) for name in name_stages(dataset)]
        outputs = {out.hash_info.value: out.def_path for stage in stages for out in stage.outs if out.use_cache}
        there = set(remote.odb.oids_exist(list(outputs)))
        if missing := sorted(path for md5, path in outputs.items() if md5 not in there):
            raise PublishError(
                f"{', '.join(missing)} did not arrive in {remote.path}",
                mend="run again; where it says so again, 'dvc push' tells why",
            )

    with_repo(root, push)


def _edit(path: Path, change: Callable[[str, str], str], dataset: str) -> None:
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    changed = change(text, dataset)
    if changed != text:
        write_text(path, changed)


def _mend_lock(root: Path, lockfile: Any) -> None:
    """Put dvc.lock back as it was committed where a DVC command that was killed left it half written."""
    from dvc.exceptions import DvcException

    if not (root / LOCK).is_file():
        return
    try:
        lockfile.load()
    except DvcException as error:
        log.warning("%s is broken (%s); going on from the committed one", LOCK, error)
        (root / LOCK).unlink()
        if text := git.read_text(root, "HEAD", LOCK):
            write_text(root / LOCK, text)


def with_repo(root: Path, act: Callable[[Any], T], found: str = "DVC failed", mend: str = MEND) -> T:
    """Act on the DVC repository under DVC's own lock; wait for other DVC commands, but not forever.

    What DVC and its storages raise becomes a PublishError that begins with ``found``.
    """
    give_up, told = time.monotonic() + PATIENCE, False
    with _translating(found, mend):
        from dvc.lock import LockError
        from dvc.repo import Repo, lock_repo
        from dvc.rwlock import RWLockFileCorruptedError, RWLockFileFormatError

        while True:
            try:
                with Repo(str(root)) as repo, lock_repo(repo):
                    return act(repo)
            except (RWLockFileCorruptedError, RWLockFileFormatError):  # its writer was killed
                (root / ".dvc" / "tmp" / "rwlock").unlink(missing_ok=True)
            except LockError as error:
                if time.monotonic() > give_up:
                    raise PublishError(
                        f"another DVC command has held {root} for {PATIENCE:.0f} s: {error}",
                        mend="let it finish, then run again; nothing is paid twice",
                    ) from None
                if not told:
                    log.info("another DVC command holds the workspace; waiting for it")
                told = True
                time.sleep(1)


@contextmanager
def _translating(found: str, mend: str = MEND) -> Iterator[None]:
    """Turn what DVC and its storages raise into PublishError, with what they logged; let nothing else be printed."""
    import dvc.progress  # the import sets up DVC's own log handlers

    heard: list[str] = []
    ear = logging.Handler(logging.ERROR)
    ear.emit = lambda record: heard.append(_say(record))
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(logger.handlers, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.handlers, logger.propagate = [ear], False
    dvc.progress.logger.setLevel(logging.CRITICAL)  # no progress bars
    try:
        yield
    except PedigreeError:
        raise
    except Exception as error:
        words = mask_secrets("; ".join(dict.fromkeys([str(error) or type(error).__name__, *heard])))
        # Not "from error": a traceback would show what is masked here.
        raise PublishError(f"{found}: {words}", mend=mend) from None
    finally:
        for logger, (handlers, propagate) in zip(loggers, before, strict=True):
            logger.handlers, logger.propagate = handlers, propagate


def _say(record: logging.LogRecord) -> str:
    """Return what was logged, and what had been raised: DVC logs why a file was not transferred, and raises that some were not."""
    raised = record.exc_info[1] if record.exc_info else None
    return f"{record.getMessage()}: {raised}" if raised else record.getMessage()
