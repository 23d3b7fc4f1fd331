"""Checks the default DVC remote, finds what it lacks of versions, and pushes that again."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pedigree.errors import PublishError
from pedigree.system.dvc import with_repo
from pedigree.versions.versions import Version

CONFIG = ".dvc/config"
EMPTY = hashlib.md5(b"").hexdigest()  # the object that DVC keeps of an empty file
CREDENTIAL = re.compile(
    r"((?<!ask_)password|passphrase|token|secret|secret_access_key|access_key_id|account_key|connection_string|customer_key)$"
)
PASSWORD = re.compile(r"://[^/@\s]*:[^/@\s]+@")  # of a user, in an address
ASK = "correct that and try again; 'dvc remote list' names the remote, 'dvc remote modify --local' sets credentials"


@dataclass(frozen=True)
class DataRemote:
    """The address of a DVC remote, and whether that is a folder of this machine."""

    address: str
    is_folder: bool


def find_data_remote(root: Path) -> DataRemote:
    """Return the default DVC remote, without connecting to it.

    Raises PublishError where there is none, or its kind of storage needs a package that is not installed.
    """
    hint = (
        "'dvc remote add -d NAME URL' names one; "
        "s3:// needs 'pip install dvc-s3', gs:// dvc-gs, azure:// dvc-azure, ssh:// dvc-ssh"
    )
    return with_repo(root, lambda repo: _describe(_get(repo)), "DVC has no remote to push to", hint)


def check_data_remote_writable(root: Path) -> None:
    """Write the object of an empty file to a remote that is not a folder; raise PublishError where that fails."""
    remote = find_data_remote(root)
    hint = "the remote must exist and be writable; keys come from the environment or .dvc/config.local"

    def write(repo):
        there = _get(repo)
        if _holds_objects(there):
            there.odb.add_bytes(EMPTY, b"")

    if not remote.is_folder:
        with_repo(root, write, f"{remote.address} can't be written", hint)


def find_credential(root: Path) -> str | None:
    """Return the name of the first credential in the DVC settings that are in git, or None."""
    config = root / CONFIG
    for line in config.read_text(encoding="utf-8", errors="replace").splitlines() if config.is_file() else ():
        name, _, value = map(str.strip, line.partition("="))
        if value and (CREDENTIAL.search(name) or (name == "url" and PASSWORD.search(value))):
            return name
    return None


def find_missing(root: Path, md5s: Iterable[str]) -> set[str]:
    """Return the objects that are neither in DVC's cache nor in its remote.

    The remote is read only for those not in the cache. Raises PublishError where it can't be read.
    """
    wanted = sorted({*md5s})

    def look(repo):
        absent = [md5 for md5 in wanted if not _cached(repo, md5).is_file()]
        return set(absent) - _list_held(_get(repo), absent) if absent else set()

    return with_repo(root, look, "DVC's remote can't be asked", ASK)


def push_missing(root: Path, version: Version, outputs: Mapping[str, str]) -> list[str]:
    """Push the outputs of a version (path -> md5) that the remote lacks, and return their paths.

    Raises PublishError where the remote can't be read or written, and where an output is not here either.
    """

    def push(repo):
        remote = _get(repo)
        held = _list_held(remote, sorted({*outputs.values()}))
        lacking = {path: md5 for path, md5 in sorted(outputs.items()) if md5 not in held}
        sources = {path: _find_source(repo, root, path, md5) for path, md5 in lacking.items()}
        if gone := [path for path, source in sources.items() if source is None]:
            raise PublishError(
                f"{version.tag} can't be pulled: {_describe(remote).address} lacks {', '.join(gone)}, "
                "and so does this workspace",
                expected="data that can be pulled for every tag",
                hint=f"'dvc push' on a machine that has them; or 'git tag --delete {version.tag}' and run again: "
                "nothing is paid twice",
            )
        for path, source in sources.items():
            remote.odb.add(str(source), repo.cache.local.fs, lacking[path])
        return list(lacking)

    return with_repo(root, push, f"what DVC's remote lacks of {version.tag} can't be pushed", ASK)


def _get(repo: Any) -> Any:
    return repo.cloud.get_remote(command="push")


def _describe(remote: Any) -> DataRemote:
    is_folder = remote.fs.protocol == "local"
    return DataRemote(remote.path if is_folder else remote.fs.unstrip_protocol(remote.path), is_folder)


def _holds_objects(remote: Any) -> bool:
    """Return whether the remote stores files by their md5; a version-aware one stores them by path."""
    return not (remote.fs.version_aware or remote.worktree)


def _list_held(remote: Any, md5s: list[str]) -> set[str]:
    if not _holds_objects(remote):
        return {*md5s}
    if remote.fs.protocol == "local" and not Path(remote.path).is_dir():
        raise PublishError(
            f"DVC's remote {remote.path} is not there",
            expected="the folder that versions were pushed to",
            hint="mount it; or name another: 'dvc remote modify --local NAME url URL'",
        )
    return {*remote.odb.oids_exist(md5s)}


def _cached(repo: Any, md5: str) -> Path:
    return Path(repo.cache.local.path) / md5[:2] / md5[2:]


def _find_source(repo: Any, root: Path, path: str, md5: str) -> Path | None:
    """Return a file of this md5 in DVC's cache or in the workspace."""
    for place in (_cached(repo, md5), root / path):
        if place.is_file():
            with place.open("rb") as file:
                if hashlib.file_digest(file, "md5").hexdigest() == md5:
                    return place
    return None
