"""Checks that the files of a dataset match git and dvc.lock.

Each check returns one sentence about what it found. It raises LinkError for a broken link and WorkspaceError where the
files to compare are missing.
"""

import fnmatch
import hashlib
import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

import pedigree
from pedigree.dataset.output_files import LATER, OUTPUTS
from pedigree.dataset.results import Manifest
from pedigree.errors import CommandError, LinkError, WorkspaceError
from pedigree.ids import sha256_of_file
from pedigree.system import git, git_objects
from pedigree.system.dvc_files import LOCK, PARAMS, PIPELINE, STAGES, read_stages
from pedigree.versions.snapshots import list_code, list_kept, list_outputs
from pedigree.versions.versions import Version, list_versions

IGNORED = ("__pycache__", "*.pyc", ".DS_Store", "*.swp", "*~", ".*.tmp")  # as in .dvcignore
SUBJECT = re.compile(r"([a-z][a-z0-9-]*) (v\d+\.\d+\.\d+): ")


def find_matching_version(root: Path, dataset: str) -> Version | None:
    """Return the newest version with the manifest of the working folder; None without one, or without git."""
    manifest = root / "data" / dataset / "manifest.json"
    if not manifest.is_file() or git.resolve(root, "HEAD") is None:
        return None
    path, lines = f"data/{dataset}/manifest.json", manifest.read_bytes().splitlines()  # git may convert line ends
    for version in reversed(list_versions(root, dataset)):
        if (git.read_blob(root, version.commit, path) or b"").splitlines() == lines:
            return version
    return None


def check_tag(root: Path, dataset: str, tag: str, commit: str, manifest: bytes) -> str:
    """Check that a tag is annotated, points to the commit of its version and states the counts of the manifest."""
    found = git_objects.read_tag(root, tag)
    if found is None:
        raise LinkError(f"tag: {tag} is no annotated tag", expected="the tag that publishing made")
    name, message = found
    if name != tag:
        raise LinkError(f"tag: {tag} is the tag object of {name}", hint=f"'git fetch --force origin tag {tag}'")
    subject, expected = message.split("\n")[0], f"{tag.replace('@', ' ')}: {_summarize(manifest)}"
    if subject != expected:
        raise LinkError(f"tag: {tag} says {subject!r}", expected=f"{expected}, as its manifest does")
    # A version that got another number because a push came first keeps the message of its commit.
    match = SUBJECT.match(git_objects.read_subject(root, commit))
    other = f"{match[1]}@{match[2]}" if match else tag
    if other != tag and git.resolve(root, f"refs/tags/{other}") == commit:
        raise LinkError(f"tag: {tag} stands on {commit[:8]}, the commit of {other}")
    paths = [LOCK, PARAMS, PIPELINE, f"data/{dataset}", f"data/seeds/{dataset}", *list_kept(dataset, manifest)]
    if git.last_commit_of(root, paths, commit) != commit:
        raise LinkError(f"tag: {tag} stands on {commit[:8]}, which changed nothing of {dataset}")
    return f"{tag} is annotated and stands on {commit[:8]}"


def check_lock(root: Path, dataset: str, cache: Path | None = None) -> str:
    """Check outputs and recipe against dvc.lock, its stages against each other, and the objects in DVC's cache."""
    text = (root / LOCK).read_bytes() if (root / LOCK).is_file() else b""
    outputs = list_outputs(text, dataset)
    expected = {f"data/{dataset}/{name}" for name in OUTPUTS}
    optional = {f"data/{dataset}/{name}" for name in LATER} - set(outputs)
    if odd := sorted((set(outputs) ^ expected) - optional):
        raise LinkError(f"{LOCK}: {odd[0]} is {'no' if odd[0] in outputs else 'not among its'} outputs of {dataset}")
    for path, md5 in sorted(outputs.items()):
        if (found := _md5(root, path)) != md5:
            raise LinkError(f"{LOCK}: {path} has the md5 {found}", expected=md5)
    stages = read_stages(text.decode("utf-8"), dataset)
    for name, stage in stages.items():
        for dependency in stage.get("deps", ()):
            path, md5 = dependency.get("path"), dependency.get("md5")
            if outputs.get(path, md5) != md5:
                raise LinkError(f"{LOCK}: {name} read {path} with the md5 {md5}", expected=outputs[path])
    _check_parameters(root, dataset, stages)
    objects = _check_objects(cache, outputs) if cache else 0
    return f"{len(outputs)} files are as {LOCK} says" + (f", and {objects} objects of DVC's cache" if objects else "")


def check_inputs(root: Path, manifest: Manifest) -> str:
    """Check the files that the run read against the manifest."""
    for path, sha256 in manifest.inputs.items():
        file = root / path
        if not file.resolve().is_relative_to(root.resolve()) or not file.is_file():
            raise LinkError(f"inputs: {path} is not here", expected="every file that the manifest names")
        if (found := sha256_of_file(file)) != sha256:
            raise LinkError(f"inputs: {path} has the sha256 {found}", expected=sha256)
    return f"{len(manifest.inputs)} files are as the manifest says"


def check_published(root: Path, dataset: str, version: Version) -> str:
    """Check that the files in git, and the dataset's stages in dvc.lock, are those of a version."""
    manifest = (root / "data" / dataset / "manifest.json").read_bytes()
    paths = list_kept(dataset, manifest)
    published = git_objects.read_files(root, version.commit, [*paths, LOCK])
    for path in paths:
        file = root / path
        if (file.read_bytes() if file.is_file() else None) != published.get(path):
            raise LinkError(
                f"version: {path} is not as {version.tag} has it",
                hint=f"'git diff {version.tag} -- {path}'; 'pedigree verify {dataset} --rev {version.name}' verifies "
                "the version itself",
            )
    locks = (root / LOCK).read_bytes(), published.get(LOCK, b"")
    here, there = (read_stages(lock.decode("utf-8"), dataset) for lock in locks)
    if here != there:
        raise LinkError(f"version: {LOCK} is not as {version.tag} has it", hint=f"'git diff {version.tag} -- {LOCK}'")
    return f"{len(paths) + 1} files are as {version.tag} has them"


def is_recorded(root: Path, dataset: str) -> bool:
    """Return whether dvc.lock describes the files here: a later run changes the manifest and at least one more file."""
    outputs = list_outputs((root / LOCK).read_bytes(), dataset) if (root / LOCK).is_file() else {}
    changed = {path for path, md5 in outputs.items() if _md5(root, path) != md5}
    return bool(outputs) and not (f"data/{dataset}/manifest.json" in changed and len(changed) > 1)


def find_other_code(root: Path, dataset: str, steps: Collection[str] = STAGES) -> list[str]:
    """Return the code paths of these steps whose running code differs from dvc.lock; empty without a dvc.lock."""
    text = (root / LOCK).read_text(encoding="utf-8") if (root / LOCK).is_file() else ""
    stages = read_stages(text, dataset)
    try:
        recorded = list_code(stage for name, stage in stages.items() if name.split("@")[0] in steps)
    except (KeyError, TypeError, AttributeError) as error:
        raise LinkError(f"{LOCK}: the dependencies of {dataset} can't be read: {error}") from None
    home = Path(pedigree.__file__).parents[1]
    return sorted(path for path, md5 in recorded.items() if hash_path(home / path) != md5)


def hash_path(path: Path) -> str | None:
    """Return the md5 that DVC records of a file or a folder; None where there is none."""
    if path.is_file():
        return hashlib.md5(path.read_bytes()).hexdigest()
    return _hash_folder(path) if path.is_dir() else None


def _hash_folder(folder: Path) -> str:
    """Return the md5 over the list of a folder's files, without those of .dvcignore."""
    listed = []
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if file.is_file() and not any(fnmatch.fnmatch(part, ignored) for part in parts for ignored in IGNORED):
            listed.append({"md5": hashlib.md5(file.read_bytes()).hexdigest(), "relpath": "/".join(parts)})
    listed.sort(key=lambda entry: entry["relpath"])
    return hashlib.md5(json.dumps(listed, sort_keys=True).encode()).hexdigest() + ".dir"


def _summarize(manifest: bytes) -> str:
    """Return the counts that the subject of a tag states, such as ``60 rows, 3 labels``."""
    try:
        found = json.loads(manifest)
        if isinstance(found, dict) and "study" in found:
            raise CommandError(
                f"these are the results of the study {found['study']}: no row of theirs can be traced to a prompt",
                expected="a dataset",
                hint=f"'dvc pull' and 'dvc status' check their bytes; 'pedigree study {found['study']}' makes them",
            )
        labels = found["labels"].values()
        return f"{sum(sum(splits.values()) for splits in labels):,} rows, {len(labels)} labels"
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LinkError(f"manifest: it can't be read: {error}") from None


def _md5(root: Path, path: str) -> str:
    try:
        with (root / path).open("rb") as file:
            return hashlib.file_digest(file, "md5").hexdigest()
    except FileNotFoundError:
        hint = "'pedigree run' makes it; 'dvc pull' fetches a published one"
        raise WorkspaceError(f"{path} is not here", hint=hint) from None


def _check_objects(cache: Path, outputs: Mapping[str, str]) -> int:
    """Check the outputs that DVC's cache holds, and return how many there are."""
    checked = 0
    for path, md5 in sorted(outputs.items()):
        if (cache / md5[:2] / md5[2:]).is_file():
            checked += 1
            if (found := _md5(cache, f"{md5[:2]}/{md5[2:]}")) != md5:
                raise LinkError(
                    f"object: DVC's object {md5} of {path} has the md5 {found}",
                    hint="remove it from DVC's cache, then 'dvc pull'",
                )
    return checked


def _check_parameters(root: Path, dataset: str, stages: Mapping[str, Any]) -> None:
    path = f"recipes/{dataset}.yaml"
    try:
        recipe = YAML(typ="safe").load((root / path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise LinkError(f"recipe: {path} can't be read: {str(error).splitlines()[0]}") from None
    if not isinstance(recipe, dict):
        raise LinkError(f"recipe: {path} is no recipe")
    for name, stage in stages.items():
        read = stage.get("params", {}).get(path, {})
        keys = {*read, *(recipe if name.startswith("measure@") else ())}  # the whole recipe is measure's
        for key in sorted(keys):
            if key not in recipe or key not in read or recipe[key] != read[key]:
                raise LinkError(f"recipe: {path}: {key} is not what {LOCK} says that {name} read")
