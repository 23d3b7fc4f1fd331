"""Reads a version, a commit or the workspace through one interface; the workspace is not changed.

Files are read from git, tables from DVC's cache or fetched from its remote.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pedigree.dataset.output_files import CURATED
from pedigree.dataset.schemas import SCHEMA_VERSION
from pedigree.errors import CommandError, LinkError, PublishError, WorkspaceError
from pedigree.ids import sha256_of_file
from pedigree.system import git
from pedigree.versions import versions
from pedigree.versions.snapshots import find_commit, find_tables
from pedigree.workspace import Workspace

HERE = "workspace"
TABLES = ("prompts", *CURATED)


@dataclass(frozen=True)
class VersionReader:
    """A version, commit or workspace: its name, its manifest as plain values, and the paths of its tables."""

    workspace: Workspace
    dataset: str
    name: str
    commit: str | None  # None for the workspace
    version: versions.Version | None
    manifest: dict[str, Any]
    tables: dict[str, Path]

    def read(self, path: str) -> bytes | None:
        """Return a file that is in git, as of this version; None where there is none."""
        if self.commit:
            return git.read_blob(self.workspace.root, self.commit, path)
        file = self.workspace.resolve_inside(path)
        return file.read_bytes() if file.is_file() else None

    def read_result(self, name: str) -> dict[str, Any]:
        """Return a JSON file of the dataset's folder, or {} without one; raise WorkspaceError for invalid JSON."""
        path = f"data/{self.dataset}/{name}"
        try:
            found = json.loads(self.read(path) or b"{}")
        except ValueError as error:
            raise WorkspaceError(f"{path} of {self.name} is not JSON: {error}") from None
        return found if isinstance(found, dict) else {}

    @cached_property
    def recipe(self) -> dict[str, Any]:
        """Return the recipe as written, not validated: older recipes may be invalid today."""
        try:
            found = YAML(typ="safe").load((self.read(f"recipes/{self.dataset}.yaml") or b"").decode("utf-8"))
        except (YAMLError, UnicodeDecodeError) as error:
            problem = str(error).splitlines()[0]
            raise WorkspaceError(f"recipes/{self.dataset}.yaml of {self.name} can't be read: {problem}") from None
        return found if isinstance(found, dict) else {}

    def hash_inputs(self) -> dict[str, str | None]:
        """Return path -> sha256 of the inputs: from the manifest, or for the workspace of the present files."""
        inputs = self.manifest.get("inputs")
        inputs = dict(inputs) if isinstance(inputs, dict) else {}
        if self.commit:
            return inputs
        files = {path: self.workspace.resolve_inside(path) for path in inputs}
        return {path: sha256_of_file(file) if file.is_file() else None for path, file in files.items()}


def choose_versions(root: Path, dataset: str, before: str | None, after: str | None) -> tuple[str, str]:
    """Return two names; left out, ``after`` is the latest version and ``before`` the one before ``after``.

    Raises WorkspaceError where there is none to choose, CommandError where both are the same.
    """
    check_repository(root)
    published = versions.list_versions(root, dataset)
    after = after or (published[-1].name if published else "latest")
    if before is None:
        later = None if after == HERE else versions.find_version(root, dataset, after)
        older = [version for version in published if later is None or version.number < later.number]
        if not older:
            raise WorkspaceError(
                f"{dataset} has no version before {later.name if later else 'the workspace'}",
                expected="two versions, or a version and 'workspace'",
                hint=f"'pedigree run {dataset}' makes the next one"
                if published
                else f"'pedigree run {dataset}' makes the first",
            )
        before = older[-1].name
    if before == after or _find(root, dataset, before) == _find(root, dataset, after):
        raise CommandError(
            f"{before} and {after} are the same version" if before != after else f"{before} is named twice",
            expected="two versions",
            hint=f"'pedigree versions {dataset}' lists them",
        )
    return before, after


def open_version(
    workspace: Workspace, dataset: str, name: str, into: Path, tables: Sequence[str] = TABLES
) -> VersionReader:
    """Return a version with these tables; those not in DVC's cache are fetched into the folder ``into``.

    Raises WorkspaceError for an unknown version, missing data, and a version of a newer Pedigree.
    """
    commit, tag = (None, None) if name == HERE else find_commit(workspace.root, dataset, name)
    version = versions.find_version(workspace.root, dataset, tag) if tag else None
    title = version.name if version else commit[:8] if commit else HERE
    path = f"data/{dataset}/manifest.json"
    manifest = VersionReader(workspace, dataset, title, commit, version, {}, {}).read_result("manifest.json")
    if not manifest:
        raise WorkspaceError(
            f"{title} has no {path}",
            expected=f"a finished run of {dataset}",
            hint=f"'pedigree run {dataset}' makes it" if name == HERE else "'pedigree versions' lists what there is",
        )
    schema = manifest.get("schema_version")
    if isinstance(schema, int) and schema > SCHEMA_VERSION:
        raise WorkspaceError(
            f"{path} of {title} has schema version {schema}",
            expected=f"at most {SCHEMA_VERSION}",
            hint="a newer Pedigree reads it",
        )
    found = _find_tables(workspace, dataset, commit, tables, into)
    return VersionReader(workspace, dataset, title, commit, version, manifest, found)


def check_repository(root: Path) -> None:
    """Raise WorkspaceError unless the workspace is a git repository: versions are its tags."""
    try:
        git.run_git(root, "rev-parse", "--git-dir")
    except PublishError as error:
        if "not a git repository" not in error.found:
            raise
        raise WorkspaceError(
            f"{root} is not a git repository",
            expected="a clone: versions are tags of git",
            hint="'git clone REPOSITORY', or 'git init' and 'pedigree run RECIPE' for a repository of your own",
        ) from None


def _find(root: Path, dataset: str, name: str) -> str | None:
    """Return the tag or commit of a name; 'workspace' for the workspace."""
    if name == HERE:
        return HERE
    commit, tag = find_commit(root, dataset, name)
    return tag or commit


def _find_tables(
    workspace: Workspace, dataset: str, commit: str | None, names: Sequence[str], into: Path
) -> dict[str, Path]:
    if commit:
        try:
            return find_tables(workspace.root, commit, dataset, names, into)
        except LinkError as error:
            raise WorkspaceError(error.found, hint=error.hint) from None
    tables = {name: workspace.table(dataset, name) for name in names}
    for path in tables.values():
        if not path.is_file():
            raise WorkspaceError(f"{path} is not here", hint=f"'dvc pull', or 'pedigree run {dataset}' makes it")
    return tables
