"""The history of a dataset: what each published version holds, and what it changed, read from manifests and recipes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pedigree import git
from pedigree.errors import WorkspaceError
from pedigree.sides import check_repository
from pedigree.tables import SCHEMA_VERSION
from pedigree.versions import Change, Version, compare_manifests, list_versions, read_manifest

FOLDERS = {"prompts": "template", "expectations": "suite"}
TOLD = {"rows", "grown_from", "labels", "fields"}  # keys of a recipe whose change is told by what came of it


@dataclass(frozen=True)
class Entry:
    """One version: what its manifest says, and what it changed. What the manifest does not say is None or empty."""

    version: Version
    schema_version: int | None
    rows: int | None
    labels: int | None
    models: tuple[str, ...]
    cost_usd: float | None
    gates_passed: int | None
    gates: int | None
    warnings: tuple[str, ...]
    change: Change | None
    changes: tuple[str, ...]


def list_history(root: Path, dataset: str | None = None) -> list[Entry]:
    """Return the versions of a dataset, or of all by name, the newest first; raise WorkspaceError outside git."""
    check_repository(root)
    entries, before = [], None
    for version in list_versions(root, dataset):
        before = before if before and before.dataset == version.dataset else None
        entries.append(_enter(root, before, version))
        before = version
    return sorted(reversed(entries), key=lambda entry: entry.version.dataset)


def _enter(root: Path, before: Version | None, version: Version) -> Entry:
    manifest, problem = _read(root, version)
    schema = manifest.get("schema_version")
    labels, judged = manifest.get("labels"), (manifest.get("gates") or {}).get("gates")
    cost = manifest.get("cost_usd")
    change, changes = (None, [problem]) if problem else _tell_change(root, before, version, manifest)
    return Entry(
        version=version,
        schema_version=schema if isinstance(schema, int) else None,
        rows=None if labels is None else sum(sum(splits.values()) for splits in labels.values()),
        labels=None if labels is None else len(labels),
        models=tuple(manifest.get("models") or ()),
        cost_usd=cost if isinstance(cost, int | float) else None,
        gates_passed=None if judged is None else sum(gate["passed"] for gate in judged),
        gates=None if judged is None else len(judged),
        warnings=tuple(gate["message"] for gate in judged or () if not gate["passed"]),
        change=change,
        changes=tuple(changes),
    )


def _read(root: Path, version: Version) -> tuple[dict[str, Any], str | None]:
    """Return a version's manifest, and what is wrong with it; of such a one, its schema version alone."""
    try:
        manifest = read_manifest(root, version)
        if not isinstance(manifest, dict):
            return {}, "its manifest is no object"
        schema = manifest.get("schema_version")
        if isinstance(schema, int) and schema > SCHEMA_VERSION:
            return {"schema_version": schema}, f"its manifest has schema version {schema}: a newer Pedigree reads it"
        _check(manifest)
        return manifest, None
    except WorkspaceError as error:
        return {}, error.found
    except (KeyError, TypeError, AttributeError) as error:
        schema = manifest.get("schema_version")
        older = f" (of schema version {schema})" if isinstance(schema, int) and schema < SCHEMA_VERSION else ""
        return {"schema_version": schema}, f"its manifest{older} can't be read: {type(error).__name__} {error}"


def _check(manifest: dict[str, Any]) -> None:
    """Touch all that is told of a manifest; KeyError, TypeError or AttributeError where it is otherwise than written now."""
    for splits in manifest["labels"].values():
        (splits["train"] + splits["validation"],)
    for gate in manifest["gates"]["gates"]:
        (gate["passed"], gate["message"])
    for split in ("train", "validation"):
        manifest["tables"][split]["content_sha256"]
    for name in ("inputs", "models", "fields"):
        manifest[name].keys()


def _tell_change(
    root: Path, before: Version | None, version: Version, manifest: dict[str, Any]
) -> tuple[Change | None, list[str]]:
    """Return what kind of version it is, and in words what it changed."""
    if before is None:
        return "first", []
    older, problem = _read(root, before)
    if problem:
        return None, [f"can't be compared with {before.name}: {problem}"]
    recipes = [_read_recipe(root, one) for one in (before, version)]
    words = [
        *_tell_names("label", older["labels"], manifest["labels"]),
        *_tell_names("field", older["fields"], manifest["fields"]),
        *_tell_rows(older, manifest),
        *_tell_models(older["models"], manifest["models"]),
        *_tell_files(older["inputs"], manifest["inputs"]),
        *_tell_recipe(*recipes),
    ]
    return compare_manifests(older, manifest), words or ["metadata"]


def _tell_names(what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    kinds = [name for name in before if name in after and isinstance(after[name], str) and before[name] != after[name]]
    return [
        *(f"{what} {name} added" for name in after if name not in before),
        *(f"{what} {name} removed" for name in before if name not in after),
        *(f"{what} {name} is {after[name]}, was {before[name]}" for name in kinds),
    ]


def _tell_rows(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    one, other = (sum(sum(splits.values()) for splits in side["labels"].values()) for side in (before, after))
    if one != other:
        return [f"{other - one:+,} rows"]
    splits = ("train", "validation")
    same = all(
        before["tables"][split]["content_sha256"] == after["tables"][split]["content_sha256"] for split in splits
    )
    return [] if same else ["other rows, as many"]


def _tell_models(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [
        *(f"model {name} added" for name in after if name not in before),
        *(f"model {name} gone" for name in before if name not in after),
    ]


def _tell_files(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    words = []
    for path in sorted({**before, **after}):
        if before.get(path) != after.get(path):
            folder, _, name = path.rpartition("/")
            how = "added" if path not in before else "removed" if path not in after else "changed"
            words.append(f"{FOLDERS.get(folder.split('/')[0], 'file')} {name} {how}")
    return words


def _tell_recipe(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    both = {*before.get("labels", {})} == {*after.get("labels", {})} and {*before.get("fields", {})} == {
        *after.get("fields", {})
    }
    told = TOLD - {"labels", "fields"} if both else TOLD
    changed = [str(key) for key in keys if key not in told]
    return [f"recipe: {', '.join(changed)}"] if changed else []


def _read_recipe(root: Path, version: Version) -> dict[str, Any]:
    try:
        text = git.read_blob(root, version.commit, f"recipes/{version.dataset}.yaml") or b""
        recipe = YAML(typ="safe").load(text.decode("utf-8"))
    except (YAMLError, UnicodeDecodeError):
        return {}
    return recipe if isinstance(recipe, dict) else {}
