"""Lists the published versions of a dataset: their contents and changes, read from manifests and recipes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pedigree.dataset.judges.figures import JudgeFigures
from pedigree.dataset.label_evidence import collect_label_facts
from pedigree.dataset.results import LabelEvidence
from pedigree.dataset.schemas import SCHEMA_VERSION
from pedigree.errors import WorkspaceError
from pedigree.system import git
from pedigree.value_mistakes import word_first_mistake
from pedigree.versions.version_reader import check_repository
from pedigree.versions.versions import Change, Version, compare_manifests, list_versions, read_manifest

FOLDERS = {"prompts": "template", "expectations": "suite"}
DESCRIBED = {"rows", "grown_from", "labels", "fields"}  # recipe keys whose changes the manifest shows


@dataclass(frozen=True)
class Entry:
    """One version: the facts of its manifest, and what it changed. A fact that the manifest lacks is None or empty."""

    version: Version
    schema_version: int | None
    rows: int | None
    labels: int | None
    models: tuple[str, ...]
    cost_usd: float | None
    gates_passed: int | None
    gates: int | None
    warnings: tuple[str, ...]
    labels_checked: dict[str, Any] | None
    change: Change | None
    changes: tuple[str, ...]
    languages: dict[str, int] = field(default_factory=dict)  # rows by language, of a version in several


def list_history(root: Path, dataset: str | None = None) -> list[Entry]:
    """Return the versions of a dataset, or of all by name, the newest first; raise WorkspaceError outside git."""
    check_repository(root)
    entries, before = [], None
    for version in list_versions(root, dataset):
        before = before if before and before.dataset == version.dataset else None
        entries.append(_enter(root, before, version))
        before = version
    return sorted(reversed(entries), key=lambda entry: entry.version.dataset)


class _Gate(BaseModel):
    name: str = ""
    limit: float | int | str | None = None
    passed: bool | None
    message: str


class _Gates(BaseModel):
    gates: list[_Gate]
    labels: list[LabelEvidence] = []
    judges: list[JudgeFigures] = []


class _Table(BaseModel):
    content_sha256: str


class _Tables(BaseModel):
    train: _Table
    validation: _Table


class _ManifestFacts(BaseModel):
    """The keys of a manifest that are read here; others are ignored."""

    schema_version: int
    labels: dict[str, dict[str, int]]
    fields: dict[str, str]
    inputs: dict[str, str]
    models: dict[str, dict[str, int]]
    tables: _Tables
    cost_usd: float | None
    gates: _Gates

    @property
    def rows(self) -> int:
        """Return the rows of all labels."""
        return sum(sum(splits.values()) for splits in self.labels.values())


def _enter(root: Path, before: Version | None, version: Version) -> Entry:
    schema, facts = _read(root, version)
    if isinstance(facts, str):
        return Entry(version, schema, None, None, (), None, None, None, (), None, None, (facts,))
    gates, (change, changes) = facts.gates.gates, _describe_change(root, before, version, facts)
    return Entry(
        version=version,
        schema_version=schema,
        rows=facts.rows,
        labels=len(facts.labels),
        models=tuple(facts.models),
        cost_usd=facts.cost_usd,
        gates_passed=sum(gate.passed is True for gate in gates),
        gates=len(gates),
        warnings=tuple(gate.message for gate in gates if gate.passed is False),
        labels_checked=collect_label_facts(facts.gates),
        change=change,
        changes=tuple(changes),
        languages=_read_languages(root, version),
    )


def _read_languages(root: Path, version: Version) -> dict[str, int]:
    """Return the rows by language as a version's metrics tell them; empty of one language, or where they do not."""
    try:
        metrics = json.loads(git.read_blob(root, version.commit, f"data/{version.dataset}/metrics.json") or b"{}")
        return {str(code): int(one["kept"]) for code, one in metrics["languages"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def _read(root: Path, version: Version) -> tuple[int | None, _ManifestFacts | str]:
    """Return the schema version of a version's manifest, and its facts or why they can't be read."""
    try:
        manifest = read_manifest(root, version)
    except WorkspaceError as error:
        return None, error.found
    if not isinstance(manifest, dict):
        return None, "its manifest is not a JSON object"
    if "study" in manifest:
        return None, f"results of the study {manifest['study']}, of {manifest.get('datasets')} datasets"
    found = manifest.get("schema_version")
    schema = found if isinstance(found, int) else None
    if schema is not None and schema > SCHEMA_VERSION:
        return schema, f"its manifest has schema version {schema}: a newer Pedigree reads it"
    try:
        return schema, _ManifestFacts.model_validate(manifest)
    except ValidationError as error:
        older = f" (of schema version {schema})" if schema is not None and schema < SCHEMA_VERSION else ""
        return schema, f"its manifest{older} can't be read: {word_first_mistake(error)}"


def _describe_change(
    root: Path, before: Version | None, version: Version, after: _ManifestFacts
) -> tuple[Change | None, list[str]]:
    """Return the kind of change, and descriptions of what changed."""
    if before is None:
        return "first", []
    _, older = _read(root, before)
    if isinstance(older, str):
        return None, [f"can't be compared with {before.name}: {older}"]
    recipes = [_read_recipe(root, one) for one in (before, version)]
    words = [
        *_describe_names("label", dict.fromkeys(older.labels), dict.fromkeys(after.labels)),
        *_describe_names("field", older.fields, after.fields),
        *_describe_rows(older, after),
        *_describe_models(older.models, after.models),
        *_describe_files(older.inputs, after.inputs),
        *_describe_recipe(*recipes),
    ]
    change = compare_manifests(read_manifest(root, before), read_manifest(root, version) or {})
    return change, words or ["metadata"]


def _describe_names(what: str, before: Mapping[str, str | None], after: Mapping[str, str | None]) -> list[str]:
    return [
        *(f"{what} {name} added" for name in after if name not in before),
        *(f"{what} {name} removed" for name in before if name not in after),
        *(
            f"{what} {name} is {after[name]}, was {kind}"
            for name, kind in before.items()
            if after.get(name, kind) != kind
        ),
    ]


def _describe_rows(before: _ManifestFacts, after: _ManifestFacts) -> list[str]:
    if before.rows != after.rows:
        return [f"{after.rows - before.rows:+,} rows"]
    return [] if before.tables == after.tables else ["other rows, as many"]


def _describe_models(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [
        *(f"model {name} added" for name in after if name not in before),
        *(f"model {name} gone" for name in before if name not in after),
    ]


def _describe_files(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    words = []
    for path in sorted({**before, **after}):
        if before.get(path) != after.get(path):
            folder, _, name = path.rpartition("/")
            how = "added" if path not in before else "removed" if path not in after else "changed"
            words.append(f"{FOLDERS.get(folder.split('/')[0], 'file')} {name} {how}")
    return words


def _describe_recipe(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    changed = [key for key in {**before, **after} if key not in DESCRIBED and before.get(key) != after.get(key)]
    # The manifest shows changed names of labels and fields; their other changes are found here.
    settings = [
        key for key in ("labels", "fields") if _has_same_names(before, after, key) and before.get(key) != after.get(key)
    ]
    keys = [*settings, *map(str, changed)]
    return [f"recipe: {', '.join(keys)}"] if keys else []


def _has_same_names(before: dict[str, Any], after: dict[str, Any], key: str) -> bool:
    return list(before.get(key) or ()) == list(after.get(key) or ())


def _read_recipe(root: Path, version: Version) -> dict[str, Any]:
    try:
        text = git.read_blob(root, version.commit, f"recipes/{version.dataset}.yaml") or b""
        recipe = YAML(typ="safe").load(text.decode("utf-8"))
    except (YAMLError, UnicodeDecodeError):
        return {}
    return recipe if isinstance(recipe, dict) else {}
