"""Traces one row or reject to its completion, prompt, seeds and versions, in the working folder or in a revision."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from pedigree.dataset.output_files import CURATED
from pedigree.errors import CommandError, WorkspaceError
from pedigree.job import open_job
from pedigree.provenance.origin import read_json, search_table, walk_back
from pedigree.system import dvc, git, git_objects
from pedigree.system.dvc_files import LOCK
from pedigree.versions import versions
from pedigree.versions.snapshots import find_commit, list_outputs, take_snapshot
from pedigree.workspace import Workspace

MIN_LENGTH = 4  # characters of an id

Chain = dict[str, Any]
Place = tuple[Workspace, str, dict[str, str | None] | None]  # a folder, its dataset, and its tag and commit


def trace_row(workspace: Workspace, prefix: str, rev: str | None = None, dataset: str | None = None) -> Chain:
    """Return the chain of the one row or reject whose id begins with ``prefix``, as plain values.

    Its keys: dataset, table, revision, row, rival, review (decisions about it, the last one counts), real (its place in
    people's file; None for a model's row), completion, prompt (both None for a real row), recipe, run, versions. The
    workspace is not changed. Raises CommandError for no match or several, WorkspaceError where data are missing.
    """
    prefix = prefix.lower()
    if len(prefix) < MIN_LENGTH or set(prefix) - set("0123456789abcdef"):
        raise CommandError(f"{prefix!r} is no row id", expected=f"at least {MIN_LENGTH} of its hex digits")
    if rev is None:
        here = sorted(path.parent.name for path in (workspace.root / "data").glob("*/train.parquet"))
        return _trace_here(workspace, [(workspace, name, None) for name in ([dataset] if dataset else here)], prefix)
    with TemporaryDirectory(prefix="pedigree-") as folder:
        places = _take_snapshots(workspace.root, rev, dataset, Path(folder).resolve())
        return _trace_here(workspace, places, prefix)


def _take_snapshots(root: Path, rev: str, dataset: str | None, into: Path) -> list[Place]:
    """Write the datasets of a revision, each to a folder of its own."""
    name = dataset or (rev.split("@")[0] if "@v" in rev else None)
    commit = None if name else git.resolve(root, rev)
    files = git_objects.list_files(root, commit, "data") if commit else []
    datasets = [name] if name else [path.split("/")[1] for path in files if path.endswith("/manifest.json")]
    if not datasets:
        raise WorkspaceError(
            f"{rev!r} is no revision that holds a dataset",
            expected="a tag such as DATASET@v1.0.0, or a commit",
            hint="'pedigree versions' lists the published ones",
        )
    places: list[Place] = []
    for name in datasets:
        commit, tag = find_commit(root, name, rev)
        snapshot = take_snapshot(root, commit, name, into / name, tag=tag)
        places.append((snapshot, name, {"tag": tag, "commit": commit}))
    return places


def _trace_here(workspace: Workspace, places: list[Place], prefix: str) -> Chain:
    found = [
        (place, name, revision, table, row)
        for place, name, revision in places
        for table in CURATED
        for row in search_table(place.table(name, table), prefix)
    ]
    if not found:
        raise _describe_miss(workspace, [name for _, name, _ in places], prefix)
    if len({row["row_id"] for *_, row in found}) > 1:
        some = ", ".join(sorted({row["row_id"][:12] for *_, row in found})[:5])
        raise CommandError(f"{len(found)} rows begin with {prefix}", hint=f"give more digits: {some}")
    place, name, revision, table, row = found[0]
    return {
        "dataset": name,
        "table": table,
        "revision": revision,
        **walk_back(open_job(place, name), row),
        "run": read_json(place.dataset_folder(name) / "run.json"),
        "versions": list(list_holders(workspace.root, name, row["row_id"])),
    }


def list_holders(root: Path, dataset: str, prefix: str) -> Iterator[dict[str, Any]]:
    """Yield tag, date and table of each version that contains the row, the newest first.

    Only the ids of each table are read, from DVC's cache. A version whose tables are not in the cache may contain the
    row, and is yielded with ``pulled`` false.
    """
    cache = dvc.find_cache(root) if git.resolve(root, "HEAD") else None
    if cache is None:
        return
    held: dict[str, bool | None] = {}
    for version in reversed(versions.list_versions(root, dataset)):
        outputs = list_outputs(git.read_blob(root, version.commit, LOCK) or b"", dataset)
        md5s = {table: outputs.get(f"data/{dataset}/{table}.parquet", "") for table in CURATED}
        for md5 in md5s.values():
            if md5 not in held:
                held[md5] = _holds(cache / md5[:2] / md5[2:], prefix)
        table = next((table for table, md5 in md5s.items() if held[md5]), None)
        pulled = all(held[md5] is not None for md5 in md5s.values())
        if table or not pulled:
            yield {"tag": version.tag, "date": version.date, "table": table, "pulled": pulled}


def _holds(table: Path, prefix: str) -> bool | None:
    if not table.is_file():
        return None
    ids = pl.read_parquet(table, columns=["row_id"], memory_map=False)
    return ids.filter(pl.col("row_id").str.starts_with(prefix)).height > 0


def _describe_miss(workspace: Workspace, datasets: list[str], prefix: str) -> CommandError:
    for name in datasets:
        if older := next((one for one in list_holders(workspace.root, name, prefix) if one["table"]), None):
            return CommandError(f"no row {prefix}... here", hint=f"{older['tag']} has one: add --rev {older['tag']}")
    if datasets:
        return CommandError(f"no row {prefix}... in {', '.join(datasets)}")
    hint = "'pedigree run' makes a dataset; 'dvc pull' fetches a published one"
    return CommandError(f"no row {prefix}...: there is no dataset here", hint=hint)
