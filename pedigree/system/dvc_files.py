"""A dataset's entries in params.yaml, dvc.yaml and dvc.lock, which all datasets share.

A version commits only its own entries, so that unpublished runs of other datasets stay unpublished. All functions map
text to text.
"""

import io
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pedigree.errors import WorkspaceError

PARAMS, PIPELINE, LOCK = "params.yaml", "dvc.yaml", "dvc.lock"
STAGES = ("generate", "curate", "validate", "measure")


def stage_names(dataset: str) -> list[str]:
    """Return the names of a dataset's four stages, in the order in which they run."""
    return [f"{stage}@{dataset}" for stage in STAGES]


def add_dataset(params: str, dataset: str) -> str:
    """Return params.yaml with the dataset in its sorted list; the rest, comments too, is kept."""
    tree = _parse(params, PARAMS) or {}
    datasets = tree.get("datasets")
    if datasets is None:
        datasets = tree["datasets"] = []
    if not isinstance(datasets, list):
        raise WorkspaceError(f"{PARAMS}: datasets is {datasets!r}", expected="a list of dataset names")
    if dataset in datasets:
        return params
    place = next((i for i, name in enumerate(datasets) if str(name) > dataset), len(datasets))
    datasets.insert(place, dataset)
    return _dump(tree)


def add_artifact(pipeline: str, dataset: str) -> str:
    """Return dvc.yaml with the dataset in ``artifacts``, where 'dvc artifacts get' finds it; the rest is kept."""
    tree = _parse(pipeline, PIPELINE) or {}
    artifacts = tree.get("artifacts")
    if artifacts and dataset in artifacts:
        return pipeline
    entry = {"path": f"data/{dataset}", "type": "dataset"}
    if not artifacts:
        tree["artifacts"] = {dataset: entry}
    else:
        place = next((i for i, name in enumerate(artifacts) if str(name) > dataset), len(artifacts))
        artifacts.insert(place, dataset, entry)
    return _dump(tree)


def take_stages(lock: str, own: str, dataset: str) -> str:
    """Return dvc.lock ``lock`` with the dataset's stages of ``own``; ``own`` itself if the two are then equal."""
    tree, own_tree = _load(lock), _load(own)
    names = stage_names(dataset)
    stages = {name: stage for name, stage in (tree.get("stages") or {}).items() if name not in names}
    stages |= {name: stage for name, stage in (own_tree.get("stages") or {}).items() if name in names}
    whole = {"schema": "2.0", **tree, "stages": stages}
    return own if whole == own_tree else _dump(whole, YAML())  # in DVC's own format


def read_stages(lock: str, dataset: str) -> dict[str, dict]:
    """Return the dataset's stages of a dvc.lock, by name; only those that were recorded."""
    stages = _load(lock).get("stages") or {}
    return {name: stages[name] for name in stage_names(dataset) if name in stages}


def _parse(text: str, name: str) -> Any:
    try:
        return _yaml().load(text)
    except YAMLError as error:
        raise WorkspaceError(f"{name}: not valid YAML: {str(error).splitlines()[0]}") from None


def _load(text: str) -> dict:
    try:
        return YAML(typ="safe").load(text) or {}
    except YAMLError as error:
        raise WorkspaceError(
            f"{LOCK}: not valid YAML: {str(error).splitlines()[0]}",
            hint=f"'git checkout -- {LOCK}' brings back the committed one; then run again",
        ) from None


def _dump(tree: Any, yaml: YAML | None = None) -> str:
    out = io.StringIO()
    (yaml or _yaml()).dump(tree, out)
    return out.getvalue()


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes, yaml.width = True, 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
