"""The list of a workspace's datasets: each with its state in the workspace and its versions, the newest first."""

from itertools import zip_longest
from typing import Any

from pedigree.dataset.label_evidence import collect_label_facts, describe_briefly
from pedigree.dataset.results import Manifest, read_result
from pedigree.errors import PedigreeError
from pedigree.report.reports_site.files import read_manifest
from pedigree.report.reports_site.study_cells import list_cells
from pedigree.studies.output_files import read_study
from pedigree.system import git
from pedigree.versions.versions import Version, list_versions
from pedigree.workspace import Workspace


def list_datasets(workspace: Workspace) -> list[dict[str, Any]]:
    """Return each dataset that has a recipe, files or a version: its name and its lines."""
    versions: dict[str, list[Version]] = {}
    for version in list_versions(workspace.root)[::-1]:
        versions.setdefault(version.dataset, []).append(version)
    made = {path.parent.name for path in (workspace.root / "data").glob("*/manifest.json")}
    known = {path.stem for path in (workspace.root / "recipes").glob("*.yaml")}
    return [_describe(workspace, name, versions.get(name, [])) for name in sorted(made | known | set(versions))]


def _describe(workspace: Workspace, dataset: str, versions: list[Version]) -> dict[str, Any]:
    """Return a dataset's lines: the files of the workspace first, where they are there, then its versions."""
    folder, lines = workspace.dataset_folder(dataset), []
    if studies := _describe_study(workspace, dataset, versions):
        return {"name": dataset, "lines": studies, "published": False}
    try:
        manifest = read_result(Manifest, folder / "manifest.json")
    except PedigreeError:
        manifest = None
    if manifest:
        pages = {name for name in ("report.html", "README.md", "rejects.parquet") if (folder / name).is_file()}
        newest = versions[0].name if versions else None
        lines.append(_make_line(dataset, "in the workspace", "", manifest, pages) | {"before": newest})
    for version, older in zip_longest(versions, versions[1:]):
        manifest = read_manifest(workspace.root, version.commit, dataset)
        pages = {"report.html", "README.md", "rejects.parquet"}
        lines.append(
            _make_line(version.tag, version.name, version.date[:10], manifest, pages) | {"before": older and older.name}
        )
    return {"name": dataset, "lines": lines, "published": bool(versions)}


def _describe_study(workspace: Workspace, dataset: str, versions: list[Version]) -> list[dict[str, Any]]:
    """Return the lines of a study's results, which have a page and no rows; none for any other dataset."""
    here = workspace.dataset_folder(dataset) / "manifest.json"
    blobs = [(dataset, "in the workspace", "", here.read_bytes() if here.is_file() else None)]
    blobs += [
        (one.tag, one.name, one.date[:10], git.read_blob(workspace.root, one.commit, f"data/{dataset}/manifest.json"))
        for one in versions
    ]
    lines = []
    for name, title, date, blob in blobs:
        if found := read_study(blob):
            failed = found.get("failed") or 0
            state = f"{failed} datasets failed" if failed else f"{found.get('datasets')} datasets compared"
            line = _make_line(name, title, date, None, {"report.html"})
            line |= {"state": state, "good": not failed, "labels": "see its page", "before": None, "study": True}
            if blob is blobs[0][3] and list_cells(workspace, dataset):
                line["pages"] = line["pages"] | {"datasets"}
            lines.append(line | {"rows": found["tables"]["results"]["rows"]})
    return lines


def _make_line(name: str, title: str, date: str, manifest: Manifest | None, pages: set[str]) -> dict[str, Any]:
    known = {"rows": None, "state": "", "labels": "", "cost": None, "good": None}
    if manifest:
        gates, tables = manifest.gates, manifest.tables
        bad = len(gates.blocking)
        state = f"{bad} gate{'s' if bad > 1 else ''} not passed" if bad else "all critical gates passed"
        if gates.warnings:
            state += f", {len(gates.warnings)} warning{'s' if len(gates.warnings) > 1 else ''}"
        if undecided := sum(gate.severity == "warning" for gate in gates.unknown):
            state += f", {undecided} unknown"
        known = {
            "rows": tables["train"].rows + tables["validation"].rows,
            "state": state,
            "good": not bad,
            "labels": describe_briefly(collect_label_facts(gates)),
            "cost": manifest.cost_usd,
        }
    return {"name": name, "title": title, "date": date, "pages": pages, "study": False, **known}
