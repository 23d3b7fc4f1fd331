"""Finds the files of a version that git gave other bytes when it stored them or checked them out.

Git does so where its attributes or settings say it (``text=auto``, ``core.autocrlf``). The files are still those of the
version: git sees no change in them.
"""

import shutil
from pathlib import Path

from pedigree.dataset.output_files import OUTPUTS
from pedigree.errors import LinkError, WorkspaceError
from pedigree.system import git, git_objects
from pedigree.system.dvc_files import LOCK, read_stages
from pedigree.versions.snapshots import list_data, list_kept, take_snapshot
from pedigree.versions.versions import Version
from pedigree.workspace import Workspace


def find_converted_files(root: Path, dataset: str, version: Version) -> list[str]:
    """Return the files of the working folder that differ from a version's only as git converts them.

    Raises LinkError if there are such files, and another file of the version was changed.
    """
    manifest = git.read_blob(root, version.commit, f"data/{dataset}/manifest.json") or b""
    paths = list_kept(dataset, manifest)
    stored = git_objects.read_files(root, version.commit, [*paths, LOCK])
    differing = [path for path, data in stored.items() if path != LOCK and _read(root / path) != data]
    converted = [path for path in differing if git_objects.would_store(root, path, stored[path])]
    if not converted:
        return []
    here, there = (read_stages((lock or b"").decode(), dataset) for lock in (_read(root / LOCK), stored.get(LOCK)))
    edited = [path for path in differing if path not in converted] + [LOCK] * (here != there)
    if edited:
        path = edited[0]
        raise LinkError(
            f"version: {path} is not as {version.tag} has it",
            hint=f"'git diff {version.tag} -- {path}'; 'pedigree verify {dataset} --rev {version.name}' verifies "
            "the version itself",
        )
    return converted


def take_working_snapshot(root: Path, dataset: str, version: Version, into: Path) -> Workspace:
    """Write a version below ``into``, with the tables and the report of the working folder."""
    snapshot = take_snapshot(root, version.commit, dataset, into, tag=version.tag)
    for path in list_data(root, version.commit, dataset):
        if path.removeprefix(f"data/{dataset}/") in OUTPUTS:
            if not (root / path).is_file():
                hint = "'pedigree run' makes it; 'dvc pull' fetches a published one"
                raise WorkspaceError(f"{path} is not here", hint=hint)
            shutil.copyfile(root / path, into / path)
    return snapshot


def find_restored_files(root: Path, commit: str, dataset: str, snapshot: Workspace) -> list[str]:
    """Return the files of a snapshot that have the line ends of the run and not those that git stores."""
    manifest = (snapshot.dataset_folder(dataset) / "manifest.json").read_bytes()
    stored = git_objects.read_files(root, commit, list_kept(dataset, manifest))
    return [path for path, data in stored.items() if _read(snapshot.root / path) != data]


def _read(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None
