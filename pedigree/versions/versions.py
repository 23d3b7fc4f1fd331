"""Published versions of a dataset, which are annotated tags: their numbers, manifests and kinds of change."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pedigree.dataset.output_files import SPLITS
from pedigree.errors import WorkspaceError
from pedigree.system import git

Change = Literal["first", "major", "minor", "patch"]
Number = tuple[int, int, int]


@dataclass(frozen=True)
class Version:
    """A published version: an annotated tag ``<dataset>@vX.Y.Z``."""

    dataset: str
    number: Number
    tag: str
    commit: str
    date: str
    subject: str

    @property
    def name(self) -> str:
        """Return its number as text, ``v1.2.0``."""
        return "v{}.{}.{}".format(*self.number)


def list_versions(root: Path, dataset: str | None = None) -> list[Version]:
    """Return the versions of a dataset, or of all, the lowest number first; lightweight tags are ignored."""
    versions = []
    for tag, commit, date, subject in git.list_tags(root, f"{dataset or '*'}@v*"):
        if match := re.fullmatch(r"([a-z][a-z0-9-]*)@v(\d+)\.(\d+)\.(\d+)", tag):
            name, major, minor, patch = match.groups()
            number = int(major), int(minor), int(patch)
            versions.append(Version(name, number, tag, commit, date, subject))
    return sorted(versions, key=lambda version: (version.dataset, version.number))


def latest(root: Path, dataset: str) -> Version | None:
    """Return the version of the highest number; None before the first."""
    published = list_versions(root, dataset)
    return published[-1] if published else None


def find_version(root: Path, dataset: str, name: str) -> Version:
    """Return the version named ``v1.2.0``, ``1.2.0``, ``latest`` or by its tag; raise WorkspaceError without it."""
    versions = list_versions(root, dataset)
    for version in versions:
        if name in {version.name, version.name[1:], version.tag} or (name == "latest" and version is versions[-1]):
            return version
    known = ", ".join(version.name for version in versions)
    raise WorkspaceError(
        f"{dataset} has no version {name!r}",
        expected=f"one of {known}, or latest" if known else "a published version; there is none yet",
        hint="'pedigree versions' lists them" if known else f"'pedigree run {dataset}' makes the first",
    )


def read_manifest(root: Path, version: Version | None) -> dict[str, Any] | None:
    """Return a version's manifest as plain values, of any schema version; None for no version."""
    if version is None:
        return None
    blob = git.read_blob(root, version.commit, f"data/{version.dataset}/manifest.json")
    try:
        return json.loads(blob or b"{}")
    except ValueError as error:
        raise WorkspaceError(f"the manifest of {version.tag} is not JSON: {error}") from None


def compare_manifests(before: dict[str, Any] | None, after: dict[str, Any]) -> Change | None:
    """Return the kind of change to ``after``; None if the manifests differ in words and figures of gates at most.

    Major: labels or fields. Minor: rows of train or validation. Patch: anything else.
    """
    if before is None:
        return "first"
    if set(before.get("labels", ())) != set(after["labels"]) or before.get("fields") != after["fields"]:
        return "major"
    for split in SPLITS:
        if before["tables"][split]["content_sha256"] != after["tables"][split]["content_sha256"]:
            return "minor"
    common = _name_gates(before) & _name_gates(after)
    return None if _remove_measured(before, common) == _remove_measured(after, common) else "patch"


def _name_gates(manifest: dict[str, Any]) -> set[str]:
    return {gate["name"] for gate in manifest.get("gates", {}).get("gates", ())}


def _remove_measured(manifest: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """Return a manifest with the gates of these names alone, without their words and figures.

    Of equal tables, inputs and recipe, they differ only where another release words or measures them anew, or has
    another gate, which changes no dataset. Whether a gate passed is compared.
    """
    gates = {key: value for key, value in manifest.get("gates", {}).items() if key not in ("labels", "readings")}
    results = [{**gate, "message": None, "figure": None} for gate in gates.get("gates", ()) if gate["name"] in names]
    return {**manifest, "gates": {**gates, "gates": results}}


def next_number(before: Number, change: Change) -> Number:
    """Return the number after ``before``; the first is 1.0.0."""
    major, minor, patch = before
    steps = {"first": (1, 0, 0), "major": (major + 1, 0, 0), "minor": (major, minor + 1, 0)}
    return steps.get(change, (major, minor, patch + 1))
