"""Reads the files of a dataset as of a commit, from git, DVC's cache or its remote; the workspace is not changed."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pedigree.dataset.output_files import RESULTS
from pedigree.errors import LinkError, PublishError, WorkspaceError
from pedigree.system import dvc, git, git_objects
from pedigree.system.dvc_files import LOCK, read_stages
from pedigree.versions import versions
from pedigree.versions.data_remote import find_missing
from pedigree.workspace import Workspace

# Everything that the program runs, in versions of every layout of the code.
PROGRAM = ("pedigree", "tasks", "flows", "cli", "expectations", "dvc.yaml", ".dvcignore")
DATA = ("data", "prompts", "expectations", "recipes")  # folders of inputs and outputs; other dependencies are code


def find_commit(root: Path, dataset: str, rev: str) -> tuple[str, str | None]:
    """Return the commit of a revision (v1.2.0, latest, or any of git's), and its tag where it is a version.

    Raises WorkspaceError for an unknown revision.
    """
    number = rev.removeprefix(f"{dataset}@").removeprefix("v")
    tag = versions.find_version(root, dataset, rev).tag if rev == "latest" else f"{dataset}@v{number}"
    if git.has_tag(root, tag) and (commit := git.resolve(root, f"refs/tags/{tag}")):
        return commit, tag
    if commit := git.resolve(root, rev):
        return commit, None
    versions.find_version(root, dataset, rev)
    raise WorkspaceError(
        f"{rev!r} is no revision of this repository", hint="'pedigree versions' lists the published ones"
    )


def list_kept(dataset: str, manifest: bytes) -> list[str]:
    """Return the paths of a dataset's files in git: recipe, inputs, and all outputs except the tables."""
    return [f"recipes/{dataset}.yaml", *_read_inputs(manifest), *(f"data/{dataset}/{name}" for name in RESULTS)]


def restore_line_ends(data: bytes, sha256: str | None) -> bytes:
    """Return a file of git with the line ends CR LF, if these give the sha256; otherwise as it is."""
    if sha256 is None or hashlib.sha256(data).hexdigest() == sha256:
        return data
    restored = re.sub(rb"\r?\n", b"\r\n", data)
    return restored if hashlib.sha256(restored).hexdigest() == sha256 else data


def take_snapshot(
    root: Path, commit: str, dataset: str, into: Path, *, tag: str | None = None, code: bool = False
) -> Workspace:
    """Write a dataset as of a commit below ``into``: inputs, dvc.lock, results and tables.

    Inputs whose line ends git changed when it stored them get the line ends back that the manifest names by hash.
    ``code``: write the code of that commit, too. Raises WorkspaceError where the commit has no such dataset (LinkError
    if a ``tag`` names it), or neither DVC's cache nor its remote has the data.
    """
    manifest = git.read_blob(root, commit, f"data/{dataset}/manifest.json")
    if manifest is None and tag:
        raise LinkError(f"tag: {tag} stands on {commit[:8]}, which has no {dataset}")
    if manifest is None:
        raise WorkspaceError(f"{commit[:8]} has no dataset {dataset}", hint="'pedigree versions' lists what there is")
    paths = [*list_kept(dataset, manifest), LOCK, *(PROGRAM if code else ())]
    files, inputs = git_objects.read_files(root, commit, paths), _read_inputs(manifest)
    for path, data in files.items():
        _place(into, path).write_bytes(restore_line_ends(data, inputs.get(path)))
    outputs = list_data(root, commit, dataset)
    cached = _find_cached(root, commit, dataset, outputs)
    for path in outputs:
        _fetch(root, commit, path, cached.get(path), _place(into, path))
    return Workspace(into)


def _read_inputs(manifest: bytes) -> dict[str, str]:
    """Return path -> sha256 of a manifest's inputs; empty for an invalid manifest, which later raises an error."""
    try:
        return dict(json.loads(manifest)["inputs"])
    except (ValueError, KeyError, TypeError):
        return {}


def find_tables(root: Path, commit: str, dataset: str, names: Sequence[str], into: Path) -> dict[str, Path]:
    """Return the paths of tables of a commit: in DVC's cache, or fetched from its remote into the folder ``into``.

    Raises WorkspaceError where neither has a table, LinkError where the commit's dvc.lock does not list it.
    """
    outputs, paths = list_data(root, commit, dataset), {name: f"data/{dataset}/{name}.parquet" for name in names}
    if absent := sorted({*paths.values()} - {*outputs}):
        raise LinkError(f"{LOCK}: {commit[:8]} records no {absent[0]}")
    cached = _find_cached(root, commit, dataset, {path: outputs[path] for path in paths.values()})
    found = {}
    for name, path in paths.items():
        found[name] = cached.get(path) or _place(into, f"{name}.parquet")
        if path not in cached:
            _fetch(root, commit, path, None, found[name])
    return found


def list_data(root: Path, commit: str, dataset: str) -> dict[str, str]:
    """Return path -> md5 of the outputs that are in DVC and not in git; raise LinkError for an invalid dvc.lock."""
    outputs = list_outputs(git.read_blob(root, commit, LOCK) or b"", dataset)
    kept = {*git_objects.list_files(root, commit, f"data/{dataset}")}
    return {path: md5 for path, md5 in outputs.items() if path not in kept}


def list_outputs(lock: bytes, dataset: str) -> dict[str, str]:
    """Return path -> md5 of the stages' outputs in a dvc.lock; raise LinkError for an invalid one."""
    try:
        stages = read_stages(lock.decode("utf-8"), dataset).values()
        return {out["path"]: str(out["md5"]) for stage in stages for out in stage["outs"]}
    except (WorkspaceError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise LinkError(f"dvc.lock: it can't be read: {error}") from None


def list_code(stages: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return path -> md5 of the code that stages of a dvc.lock depend on: folders in older versions, files in newer."""
    deps = [dep for stage in stages for dep in stage.get("deps", ())]
    return {dep["path"]: str(dep["md5"]) for dep in deps if dep["path"].split("/")[0] not in DATA}


def find_missing_data(root: Path, published: Sequence[versions.Version]) -> dict[str, list[str]]:
    """Return tag -> paths of the data that are neither in DVC's cache nor in its remote, for versions that lack any.

    Raises PublishError where the remote can't be read.
    """
    data = {version.tag: list_data(root, version.commit, version.dataset) for version in published}
    missing = find_missing(root, [md5 for outputs in data.values() for md5 in outputs.values()])
    paths = {tag: sorted(path for path, md5 in outputs.items() if md5 in missing) for tag, outputs in data.items()}
    return {tag: absent for tag, absent in paths.items() if absent}


def _find_cached(root: Path, commit: str, dataset: str, outputs: Mapping[str, str]) -> dict[str, Path]:
    """Return path -> file of the outputs in DVC's cache; raise WorkspaceError unless its remote has the others."""
    cache = dvc.find_cache(root)
    files = {path: cache / md5[:2] / md5[2:] for path, md5 in outputs.items()} if cache else {}
    cached = {path: file for path, file in files.items() if file.is_file()}
    if len(cached) == len(outputs):
        return cached
    tags = [version.tag for version in versions.list_versions(root, dataset) if version.commit == commit]
    name = tags[-1] if tags else f"{dataset} at {commit[:8]}"
    try:
        missing = find_missing(root, outputs.values())
    except PublishError as error:
        raise WorkspaceError(f"not all data of {name} are in DVC's cache: {error.found}", hint=error.hint) from None
    if absent := sorted(path for path, md5 in outputs.items() if md5 in missing):
        raise WorkspaceError(
            f"the data of {name} are gone: neither DVC's cache nor its remote holds {', '.join(absent)}",
            expected="what publishing put there, unless the version was retired since ('dvc gc')",
            hint="'dvc push' on a machine that has them; 'pedigree versions --data' shows which versions can be pulled",
        )
    return cached


def _fetch(root: Path, commit: str, path: str, cached: Path | None, to: Path) -> None:
    if cached and cached.is_file():
        shutil.copyfile(cached, to)
        return
    try:
        dvc.copy_at(root, commit, path, to)
    except PublishError as error:
        raise WorkspaceError(
            f"{path} of {commit[:8]} is not in DVC's cache, and its remote does not give it: {error.found}",
            hint="'dvc pull' from a remote that has it",
        ) from error


def _place(into: Path, path: str) -> Path:
    """Return the path below ``into``, with its folder made; raise WorkspaceError for a path that leads elsewhere."""
    whole = into / path
    if not whole.resolve().is_relative_to(into.resolve()):
        raise WorkspaceError(f"{path} leads out of the workspace")
    whole.parent.mkdir(parents=True, exist_ok=True)
    return whole
