"""Reads a dataset's files for the reports site, from the workspace or as a version has them."""

import re
from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import polars as pl

from pedigree.dataset.results import Manifest
from pedigree.errors import WorkspaceError
from pedigree.studies.output_files import name_dataset
from pedigree.system import git
from pedigree.system.dvc import read_at
from pedigree.versions.versions import find_version
from pedigree.workspace import Workspace

NAME = re.compile(r"(?P<dataset>[a-z][a-z0-9-]*)(?:@(?P<version>v\d+\.\d+\.\d+))?")
PAGES_KEPT, TABLES_KEPT = 16, 6
STUDY = name_dataset("")


class Source(NamedTuple):
    """A dataset as it lies in the workspace (no commit, no version), or as a version has it."""

    workspace: Workspace
    dataset: str
    commit: str | None
    version: str | None  # v1.0.0

    def path(self, file: str) -> str:
        """Return a file's path below the workspace's root."""
        return f"data/{self.dataset}/{file}"


def find_source(workspace: Workspace, name: str) -> Source:
    """Return what ``DATASET`` or ``DATASET@vX.Y.Z`` names; raise FileNotFoundError or WorkspaceError."""
    found = NAME.fullmatch(name)
    if not found:
        raise FileNotFoundError(f"{name[:100]!r} is neither a dataset nor DATASET@vX.Y.Z")
    dataset, version = found["dataset"], found["version"]
    commit = find_version(workspace.root, dataset, version).commit if version else None
    return Source(workspace, dataset, commit, version)


def read_text(source: Source, file: str) -> str:
    """Return a text file of a dataset's folder."""
    if source.commit:
        return _read_version(source.workspace.root, source.commit, source.path(file)).decode("utf-8")
    return _find(source, file).read_text(encoding="utf-8")


def scan_table(source: Source, table: str) -> pl.LazyFrame:
    """Return a table of a dataset, to be filtered before it is read; a version's tables are kept in memory."""
    file = f"{table}.parquet"
    if source.commit:
        return _load_version(source.workspace.root, source.commit, source.path(file)).lazy()
    return pl.scan_parquet(_find(source, file))


def stamp_tables(source: Source, tables: Sequence[str]) -> tuple[object, ...]:
    """Return values that differ where a table has another content: of the workspace, time and size of its files."""
    if source.commit:
        return (source.commit,)
    found = [_find(source, f"{table}.parquet").stat() for table in tables]
    return tuple((one.st_mtime_ns, one.st_size, one.st_ino) for one in found)


@lru_cache(maxsize=1000)
def read_manifest(root: Path, commit: str, dataset: str) -> Manifest | None:
    """Return the manifest of a version; None where it has none that this release reads."""
    blob = git.read_blob(root, commit, f"data/{dataset}/manifest.json")
    try:
        return Manifest.model_validate_json(blob) if blob else None
    except ValueError:
        return None


def _find(source: Source, file: str) -> Path:
    path = source.workspace.root / source.path(file)
    try:
        there = path.is_file()
    except OSError:  # a name that is too long
        there = False
    if there:
        return path
    hint = f"'pedigree run {source.dataset[:100]}' makes it"
    if source.dataset.startswith(STUDY):
        study = source.dataset[:100].removeprefix(STUDY)
        hint = f"a study has a page of results, no rows and no card; 'pedigree study {study}' makes it"
    raise WorkspaceError(f"{source.path(file)[:200]} does not exist", hint=hint)


@lru_cache(PAGES_KEPT)
def _read_version(root: Path, commit: str, path: str) -> bytes:
    return read_at(root, commit, path)


@lru_cache(TABLES_KEPT)
def _load_version(root: Path, commit: str, path: str) -> pl.DataFrame:
    return pl.read_parquet(BytesIO(read_at(root, commit, path)))
