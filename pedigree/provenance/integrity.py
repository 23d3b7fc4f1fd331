"""Custody: whether the files of a dataset are those that git and DVC recorded. Each check says what it found in a sentence.

All raise LinkError for a link that does not hold, and WorkspaceError where it can't be said.
"""

import fnmatch
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

import pedigree
from pedigree.dataset.output_files import LATER, OUTPUTS
from pedigree.dataset.results import Manifest
from pedigree.errors import LinkError, WorkspaceError
from pedigree.ids import sha256_of_file
from pedigree.system import git, git_objects
from pedigree.system.dvc_files import LOCK, PARAMS, PIPELINE, read_stages
from pedigree.versions import versions
from pedigree.versions.snapshots import list_kept, list_outputs

IGNORED = ("__pycache__", "*.pyc", ".DS_Store", "*.swp", "*~", ".*.tmp")  # as in .dvcignore
SUBJECT = re.compile(r"([a-z][a-z0-9-]*) (v\d+\.\d+\.\d+): ")


def find_claimed(root: Path, dataset: str) -> versions.Version | None:
    """Return the newest version whose manifest lies in the working folder; None where none does, or without git."""
    manifest = root / "data" / dataset / "manifest.json"
    if not manifest.is_file() or git.resolve(root, "HEAD") is None:
        return None
    path, said = f"data/{dataset}/manifest.json", manifest.read_bytes()
    published = reversed(versions.list_versions(root, dataset))
    return next((version for version in published if git.read_blob(root, version.commit, path) == said), None)


def check_tag(root: Path, dataset: str, tag: str, commit: str, manifest: bytes) -> str:
    """Check that an annotated tag stands where publishing put it, and says what the manifest says."""
    made = git_objects.read_tag(root, tag)
    if made is None:
        raise LinkError(f"tag: {tag} is no annotated tag", expected="the tag that publishing made")
    name, message = made
    if name != tag:
        raise LinkError(f"tag: {tag} is the tag object of {name}", hint=f"'git fetch --force origin tag {tag}'")
    subject, whole = message.split("\n")[0], _count(manifest)
    if subject != f"{tag.replace('@', ' ')}: {whole}":
        raise LinkError(
            f"tag: {tag} says {subject!r}", expected=f"{tag.replace('@', ' ')}: {whole}, as its manifest does"
        )
    # A version that was renumbered when somebody else pushed first keeps its commit's message.
    of = SUBJECT.match(git_objects.read_subject(root, commit))
    other = f"{of[1]}@{of[2]}" if of else tag
    if other != tag and git.resolve(root, f"refs/tags/{other}") == commit:
        raise LinkError(f"tag: {tag} stands on {commit[:8]}, the commit of {other}")
    paths = [LOCK, PARAMS, PIPELINE, f"data/{dataset}", f"data/seeds/{dataset}", *list_kept(dataset, manifest)]
    if git.last_commit_of(root, paths, commit) != commit:
        raise LinkError(f"tag: {tag} stands on {commit[:8]}, which changed nothing of {dataset}")
    return f"{tag} is annotated and stands on {commit[:8]}"


def check_lock(root: Path, dataset: str, cache: Path | None = None) -> str:
    """Check that the outputs are those of dvc.lock, that its stages fit together and to the recipe, and DVC's objects."""
    text = (root / LOCK).read_bytes() if (root / LOCK).is_file() else b""
    outputs = list_outputs(text, dataset)
    wanted = {f"data/{dataset}/{name}" for name in OUTPUTS}
    if odd := sorted((set(outputs) ^ wanted) - ({f"data/{dataset}/{name}" for name in LATER} - set(outputs))):
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
    """Check that the files that the run read are those of the manifest."""
    for path, sha256 in manifest.inputs.items():
        file = root / path
        if not file.resolve().is_relative_to(root.resolve()) or not file.is_file():
            raise LinkError(f"inputs: {path} is not here", expected="every file that the manifest names")
        if (found := sha256_of_file(file)) != sha256:
            raise LinkError(f"inputs: {path} has the sha256 {found}", expected=sha256)
    return f"{len(manifest.inputs)} files are as the manifest says"


def check_published(root: Path, dataset: str, version: versions.Version) -> str:
    """Check that the working folder's files that git keeps, and the dataset's stages in dvc.lock, are a version's own."""
    manifest = (root / "data" / dataset / "manifest.json").read_bytes()
    paths = list_kept(dataset, manifest)
    published = git_objects.read_files(root, version.commit, [*paths, LOCK])
    for path in paths:
        file = root / path
        if (file.read_bytes() if file.is_file() else None) != published.get(path):
            raise LinkError(
                f"version: {path} is not as {version.tag} has it",
                hint=f"'git diff {version.tag} -- {path}'; 'pedigree verify {dataset} --rev {version.name}' verifies the version itself",
            )
    own, theirs = ((root / LOCK).read_bytes(), published.get(LOCK, b""))
    if read_stages(own.decode("utf-8"), dataset) != read_stages(theirs.decode("utf-8"), dataset):
        raise LinkError(f"version: {LOCK} is not as {version.tag} has it", hint=f"'git diff {version.tag} -- {LOCK}'")
    return f"{len(paths) + 1} files are as {version.tag} has them"


def is_recorded(root: Path, dataset: str) -> bool:
    """Return whether dvc.lock is about what lies in the folder: a later run leaves another manifest and another file."""
    outputs = list_outputs((root / LOCK).read_bytes(), dataset) if (root / LOCK).is_file() else {}
    other = {path for path, md5 in outputs.items() if _md5(root, path) != md5}
    return bool(outputs) and not (f"data/{dataset}/manifest.json" in other and len(other) > 1)


def is_own_code(root: Path, dataset: str) -> bool:
    """Return whether the code that runs is the code that dvc.lock says the dataset was curated with; True without one."""
    text = (root / LOCK).read_text(encoding="utf-8") if (root / LOCK).is_file() else ""
    stage = read_stages(text, dataset).get(f"curate@{dataset}", {})
    recorded = {dependency.get("path"): dependency.get("md5") for dependency in stage.get("deps", ())}
    home = Path(pedigree.__file__).parents[1]
    return all(recorded.get(folder) in {None, hash_folder(home / folder)} for folder in ("pedigree", "tasks"))


def hash_folder(folder: Path) -> str:
    """Return what DVC records of a folder: the md5 over the list of its files, those of .dvcignore left out."""
    listed = []
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if file.is_file() and not any(fnmatch.fnmatch(part, ignored) for part in parts for ignored in IGNORED):
            listed.append({"md5": hashlib.md5(file.read_bytes()).hexdigest(), "relpath": "/".join(parts)})
    listed.sort(key=lambda entry: entry["relpath"])
    return hashlib.md5(json.dumps(listed, sort_keys=True).encode()).hexdigest() + ".dir"


def _count(manifest: bytes) -> str:
    """Return what a version's subject says of its manifest."""
    try:
        labels = json.loads(manifest)["labels"].values()
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
    """Check the objects that the cache holds of the outputs, and return how many they are."""
    held = 0
    for path, md5 in sorted(outputs.items()):
        if (cache / md5[:2] / md5[2:]).is_file():
            held += 1
            if (found := _md5(cache, f"{md5[:2]}/{md5[2:]}")) != md5:
                raise LinkError(
                    f"object: DVC's object {md5} of {path} has the md5 {found}",
                    hint="remove it from DVC's cache, then 'dvc pull'",
                )
    return held


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
