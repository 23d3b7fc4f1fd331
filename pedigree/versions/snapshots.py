"""Snapshots: the files of a dataset as of a commit, written elsewhere, so that nothing of the user's is touched."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from pedigree.dataset.output_files import RESULTS
from pedigree.errors import LinkError, PublishError, WorkspaceError
from pedigree.system import dvc, git, git_objects
from pedigree.system.dvc_files import LOCK, read_stages
from pedigree.versions import versions
from pedigree.versions.data_remote import find_lost
from pedigree.workspace import Workspace

CODE = ("pedigree", "tasks", "flows", "cli", "expectations", "dvc.yaml", ".dvcignore")


def find_commit(root: Path, dataset: str, rev: str) -> tuple[str, str | None]:
    """Return the commit that a revision means, and its tag where it is one of the dataset's: v1.2.0, latest, or any of git's.

    Raises WorkspaceError where there is no such revision.
    """
    number = rev.removeprefix(f"{dataset}@").removeprefix("v")
    tag = versions.find_version(root, dataset, rev).tag if rev == "latest" else f"{dataset}@v{number}"
    if git.has_tag(root, tag):
        return git.resolve(root, f"refs/tags/{tag}"), tag
    if commit := git.resolve(root, rev):
        return commit, None
    versions.find_version(root, dataset, rev)
    raise WorkspaceError(
        f"{rev!r} is no revision of this repository", hint="'pedigree versions' lists the published ones"
    )


def list_kept(dataset: str, manifest: bytes) -> list[str]:
    """Return the paths of a dataset's files that git keeps: recipe, what the run read, what came out but for the tables."""
    try:
        inputs = list(json.loads(manifest)["inputs"])
    except (ValueError, KeyError, TypeError):
        inputs = []  # such a manifest is found to be none by whoever reads it
    return [f"recipes/{dataset}.yaml", *inputs, *(f"data/{dataset}/{name}" for name in RESULTS)]


def take_snapshot(
    root: Path, commit: str, dataset: str, into: Path, *, tag: str | None = None, code: bool = False
) -> Workspace:
    """Write what a commit holds of a dataset below ``into``: inputs, dvc.lock, results, and the tables that DVC keeps.

    With ``code``, the code of that commit, too. Raises WorkspaceError where the commit has no such dataset (LinkError
    where it has a ``tag`` of it), or its data are neither in DVC's cache nor to be had from its remote.
    """
    manifest = git.read_blob(root, commit, f"data/{dataset}/manifest.json")
    if manifest is None and tag:
        raise LinkError(f"tag: {tag} stands on {commit[:8]}, which holds no {dataset}")
    if manifest is None:
        raise WorkspaceError(f"{commit[:8]} holds no dataset {dataset}", hint="'pedigree versions' lists what there is")
    paths = [*list_kept(dataset, manifest), LOCK, *(CODE if code else ())]
    files = git_objects.read_files(root, commit, paths)
    for path, data in files.items():
        _place(into, path).write_bytes(data)
    outputs = list_data(root, commit, dataset)
    cached = _find_cached(root, commit, dataset, outputs)
    for path in outputs:
        _fetch(root, commit, path, cached.get(path), _place(into, path))
    return Workspace(into)


def find_tables(root: Path, commit: str, dataset: str, names: Sequence[str], into: Path) -> dict[str, Path]:
    """Return where tables of a commit are: in DVC's cache, or else copied from its remote into the folder ``into``.

    Raises WorkspaceError where neither has one, LinkError where the commit's dvc.lock names none.
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
    """Return path -> md5 of what DVC alone keeps of a dataset as of a commit; raise LinkError where its dvc.lock is none."""
    outputs = list_outputs(git.read_blob(root, commit, LOCK) or b"", dataset)
    kept = {*git_objects.list_files(root, commit, f"data/{dataset}")}
    return {path: md5 for path, md5 in outputs.items() if path not in kept}


def list_outputs(lock: bytes, dataset: str) -> dict[str, str]:
    """Return path -> md5 of the stages' outputs, as a dvc.lock records them; raise LinkError where it is none."""
    try:
        stages = read_stages(lock.decode("utf-8"), dataset).values()
        return {out["path"]: str(out["md5"]) for stage in stages for out in stage["outs"]}
    except (WorkspaceError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise LinkError(f"dvc.lock: it can't be read: {error}") from None


def find_gone(root: Path, published: Sequence[versions.Version]) -> dict[str, list[str]]:
    """Return tag -> paths of the data that neither DVC's cache nor its remote holds, for versions that lack any.

    Raises PublishError where the remote can't be asked.
    """
    data = {version.tag: list_data(root, version.commit, version.dataset) for version in published}
    lost = find_lost(root, [md5 for outputs in data.values() for md5 in outputs.values()])
    gone = {tag: sorted(path for path, md5 in outputs.items() if md5 in lost) for tag, outputs in data.items()}
    return {tag: paths for tag, paths in gone.items() if paths}


def _find_cached(root: Path, commit: str, dataset: str, outputs: Mapping[str, str]) -> dict[str, Path]:
    """Return path -> file of what DVC's cache holds; raise WorkspaceError where its remote does not hold the rest."""
    cache = dvc.find_cache(root)
    files = {path: cache / md5[:2] / md5[2:] for path, md5 in outputs.items()} if cache else {}
    cached = {path: file for path, file in files.items() if file.is_file()}
    if len(cached) == len(outputs):
        return cached
    tags = [version.tag for version in versions.list_versions(root, dataset) if version.commit == commit]
    name = tags[-1] if tags else f"{dataset} at {commit[:8]}"
    try:
        lost = find_lost(root, outputs.values())
    except PublishError as error:
        raise WorkspaceError(f"not all data of {name} are in DVC's cache: {error.found}", hint=error.hint) from None
    if gone := sorted(path for path, md5 in outputs.items() if md5 in lost):
        raise WorkspaceError(
            f"the data of {name} are gone: neither DVC's cache nor its remote holds {', '.join(gone)}",
            expected="what publishing put there, unless somebody has retired the version since ('dvc gc')",
            hint="'dvc push' where they are still kept; 'pedigree versions --data' says which versions can be pulled",
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
            hint="'dvc pull' from a remote that holds it",
        ) from error


def _place(into: Path, path: str) -> Path:
    """Return where a file goes; raise WorkspaceError for a path that leads elsewhere."""
    whole = into / path
    if not whole.resolve().is_relative_to(into.resolve()):
        raise WorkspaceError(f"{path} leads out of the workspace")
    whole.parent.mkdir(parents=True, exist_ok=True)
    return whole
