"""Reads, commits and pushes the data of versions with DVC; only this module imports DVC."""

import logging
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pedigree.errors import PedigreeError, PublishError, WorkspaceError
from pedigree.redaction import mask_secrets
from pedigree.system import git
from pedigree.system.atomic_write import replacing, write_text
from pedigree.system.dvc_files import LOCK, PARAMS, PIPELINE, add_artifact, add_dataset, stage_names

T = TypeVar("T")
LOCK_TIMEOUT = 60.0  # seconds that another DVC command may hold the workspace
HINT = "correct that, then run again; nothing is paid twice"
LOGGERS = ("dvc", "dvc_data", "dvc_objects", "zc.lockfile")

log = logging.getLogger("pedigree")


def read_at(root: Path, rev: str, path: str) -> bytes:
    """Return a file's bytes as of a revision, from git or else from DVC's cache or remote.

    Raises WorkspaceError if the revision is unknown, PublishError if the file cannot be read.
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
    """Copy a file that DVC tracks, as of a commit, to ``to``; raise PublishError if it cannot be read."""
    with _translating(f"{path} of {commit[:8]} can't be read"):
        from dvc.api import DVCFileSystem

        DVCFileSystem(str(root), rev=commit).get_file(path, str(to))


def find_cache(root: Path) -> Path | None:
    """Return the folder of DVC's cache of files by md5; None if the workspace is no DVC repository."""
    if not (root / ".dvc").is_dir():
        return None
    with _translating("DVC's cache can't be found"):
        from dvc.repo import Repo

        with Repo(str(root)) as repo:
            return Path(repo.cache.local.path)


def commit_stages(root: Path, dataset: str) -> None:
    """Record the stages as they are in the workspace, as 'dvc commit' does, so that 'dvc repro' has nothing to do.

    Adds the dataset to params.yaml and to the artifacts of dvc.yaml. Raises PublishError if an output is missing.
    """
    _edit(root / PARAMS, add_dataset, dataset)
    _edit(root / PIPELINE, add_artifact, dataset)
    for folder in (root / "data" / "seeds" / dataset, root / "data" / "reviews" / dataset):
        if not folder.is_dir() or not any(folder.iterdir()):
            write_text(folder / ".gitkeep", "")  # the stages depend on the folder, and git keeps no empty one

    def record(repo: Any) -> None:
        from dvc.dvcfile import Lockfile

        _restore_lock(root, Lockfile(repo, str(root / LOCK)))
        stages = _load_stages(repo, root, dataset)
        for stage in stages:
            # No run cache: it resolves paths from the current folder, and the ledger already avoids paying twice.
            stage.save(run_cache=False)
            stage.commit()
        with replacing(root / LOCK) as beside:  # DVC itself writes it in place
            beside.write_bytes((root / LOCK).read_bytes() if (root / LOCK).is_file() else b"")
            Lockfile(repo, str(beside)).dump_stages(stages)

    with_repo(root, record)


def push_data(root: Path, dataset: str) -> None:
    """Push the stages' outputs to the default DVC remote; raise PublishError unless all of them arrive."""
    targets = [f"{root / PIPELINE}:{name}" for name in stage_names(dataset)]

    def push(repo: Any) -> None:
        # A push that was killed leaves this index half written, and DVC trusts it.
        repo.drop_data_index()
        repo.push(targets=targets)
        remote = repo.cloud.get_remote(command="push")
        if remote.fs.version_aware or remote.worktree:
            return
        stages = _load_stages(repo, root, dataset)
        outputs = {out.hash_info.value: out.def_path for stage in stages for out in stage.outs if out.use_cache}
        present = set(remote.odb.oids_exist(list(outputs)))
        if missing := sorted(path for md5, path in outputs.items() if md5 not in present):
            raise PublishError(
                f"{', '.join(missing)} did not arrive in {remote.path}",
                hint="run again; if it fails again, 'dvc push' tells why",
            )

    with_repo(root, push)


def add_files(root: Path, paths: Sequence[str]) -> None:
    """Put files that no stage makes into DVC's cache and remote; each gets a file ``PATH.dvc`` for git.

    Raises PublishError unless all of them arrive.
    """

    def add(repo: Any) -> None:
        stages = repo.add([str(root / path) for path in paths])
        repo.drop_data_index()
        repo.push(targets=[stage.addressing for stage in stages])
        remote = repo.cloud.get_remote(command="push")
        if remote.fs.version_aware or remote.worktree:
            return
        hashes = {out.hash_info.value: out.def_path for stage in stages for out in stage.outs}
        present = set(remote.odb.oids_exist(list(hashes)))
        if missing := sorted(path for md5, path in hashes.items() if md5 not in present):
            raise PublishError(f"{', '.join(missing)} did not arrive in {remote.path}", hint="run again")

    with_repo(root, add)


def _load_stages(repo: Any, root: Path, dataset: str) -> list[Any]:
    """Return the stages of a dataset; ``repo.stage.load_one`` would read dvc.yaml and dvc.lock anew for each."""
    from dvc.dvcfile import load_file

    loader = load_file(repo, str(root / PIPELINE)).stages
    return [loader[name] for name in stage_names(dataset)]


def _edit(path: Path, change: Callable[[str, str], str], dataset: str) -> None:
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    changed = change(text, dataset)
    if changed != text:
        write_text(path, changed)


def _restore_lock(root: Path, lockfile: Any) -> None:
    """Restore the committed dvc.lock if a DVC command that was killed left it half written."""
    from dvc.exceptions import DvcException

    if not (root / LOCK).is_file():
        return
    try:
        lockfile.load()
    except DvcException as error:
        log.warning("%s is broken (%s); using the committed one", LOCK, error)
        (root / LOCK).unlink()
        if text := git.read_text(root, "HEAD", LOCK):
            write_text(root / LOCK, text)


def with_repo(root: Path, act: Callable[[Any], T], found: str = "DVC failed", hint: str = HINT) -> T:
    """Call ``act`` with the DVC repository under DVC's lock; wait up to LOCK_TIMEOUT for other DVC commands.

    Errors of DVC and its storages become a PublishError that begins with ``found``.
    """
    give_up, logged = time.monotonic() + LOCK_TIMEOUT, False
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
                        f"another DVC command has held {root} for {LOCK_TIMEOUT:.0f} s: {error}",
                        hint="let it finish, then run again; nothing is paid twice",
                    ) from None
                if not logged:
                    log.info("another DVC command holds the workspace; waiting for it")
                logged = True
                time.sleep(1)


@contextmanager
def _translating(found: str, hint: str = HINT) -> Generator[None]:
    """Turn errors of DVC and its storages into PublishError, with what they logged; print nothing else."""
    import dvc.progress  # the import sets up DVC's own log handlers

    handler = _ErrorCollector(logging.ERROR)
    handlers: list[logging.Handler] = [handler]
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(logger.handlers, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.handlers, logger.propagate = handlers, False
    dvc.progress.logger.setLevel(logging.CRITICAL)  # no progress bars
    try:
        yield
    except PedigreeError:
        raise
    except Exception as error:
        message = mask_secrets("; ".join(dict.fromkeys([str(error) or type(error).__name__, *handler.messages])))
        # Not "from error": a traceback would show what is masked here.
        raise PublishError(f"{found}: {message}", hint=hint) from None
    finally:
        for logger, (previous, propagate) in zip(loggers, before, strict=True):
            logger.handlers, logger.propagate = previous, propagate


class _ErrorCollector(logging.Handler):
    """Collects log messages with their exceptions: DVC logs why a file was not transferred, and raises only that."""

    def __init__(self, level: int):
        super().__init__(level)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record's message, and the error that it was logged with."""
        error = record.exc_info[1] if record.exc_info else None
        self.messages.append(f"{record.getMessage()}: {error}" if error else record.getMessage())
