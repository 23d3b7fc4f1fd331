"""DVC: the only module that imports it. Reads, commits and pushes the data of versions."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pedigree.errors import PedigreeError, PublishError, WorkspaceError
from pedigree.redaction import mask_secrets
from pedigree.system import git
from pedigree.system.atomic_write import replacing, write_text
from pedigree.system.dvc_files import LOCK, PARAMS, PIPELINE, add_artifact, add_dataset, stage_names

T = TypeVar("T")


PATIENCE = 60.0  # seconds that another DVC command may take


HINT = "mend that, then run again; nothing is paid twice"


LOGGERS = ("dvc", "dvc_data", "dvc_objects", "zc.lockfile")


log = logging.getLogger("pedigree")


def read_at(root: Path, rev: str, path: str) -> bytes:
    """Return a file's bytes as of a revision, from git or else from DVC's cache or remote.

    Raises WorkspaceError where the revision, or the file in it, is not to be had.
    """
    commit = git.resolve(root, rev)
    if commit is None:
        hint = "'pedigree versions' lists the published ones"
        raise WorkspaceError(f"{rev!r} is no revision of this repository", hint=hint)
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
        stages = [repo.stage.load_one(str(root / PIPELINE), name) for name in stage_names(dataset)]
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
    targets = [f"{root / PIPELINE}:{name}" for name in stage_names(dataset)]

    def push(repo):
        repo.drop_data_index()  # DVC believes its list of what to push, though a push that was killed left it half written
        repo.push(targets=targets)
        remote = repo.cloud.get_remote(command="push")
        if remote.fs.version_aware or remote.worktree:
            return
        stages = [repo.stage.load_one(str(root / PIPELINE), name) for name in stage_names(dataset)]
        outputs = {out.hash_info.value: out.def_path for stage in stages for out in stage.outs if out.use_cache}
        there = set(remote.odb.oids_exist(list(outputs)))
        if missing := sorted(path for md5, path in outputs.items() if md5 not in there):
            raise PublishError(
                f"{', '.join(missing)} did not arrive in {remote.path}",
                hint="run again; where it says so again, 'dvc push' tells why",
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


def with_repo(root: Path, act: Callable[[Any], T], found: str = "DVC failed", hint: str = HINT) -> T:
    """Act on the DVC repository under DVC's own lock; wait for other DVC commands, but not forever.

    What DVC and its storages raise becomes a PublishError that begins with ``found``.
    """
    give_up, told = time.monotonic() + PATIENCE, False
    with _translating(found, hint):
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
                        hint="let it finish, then run again; nothing is paid twice",
                    ) from None
                if not told:
                    log.info("another DVC command holds the workspace; waiting for it")
                told = True
                time.sleep(1)


@contextmanager
def _translating(found: str, hint: str = HINT) -> Iterator[None]:
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
        raise PublishError(f"{found}: {words}", hint=hint) from None
    finally:
        for logger, (handlers, propagate) in zip(loggers, before, strict=True):
            logger.handlers, logger.propagate = handlers, propagate


def _say(record: logging.LogRecord) -> str:
    """Return what was logged, and what had been raised: DVC logs why a file was not transferred, and raises that some were not."""
    raised = record.exc_info[1] if record.exc_info else None
    return f"{record.getMessage()}: {raised}" if raised else record.getMessage()
