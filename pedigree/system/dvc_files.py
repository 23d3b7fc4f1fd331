"""What a dataset's stages are called, and its places in params.yaml, dvc.yaml and dvc.lock.

These three files are shared by all datasets. A version takes in its own entries only, so that a run of another dataset
that is not published stays unpublished. All functions are from text to text.
"""

import io

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pedigree.errors import WorkspaceError

PARAMS, PIPELINE, LOCK = "params.yaml", "dvc.yaml", "dvc.lock"
STAGES = ("generate", "curate", "validate", "measure")


def stage_names(dataset: str) -> list[str]:
    """Return the names of a dataset's four stages, in the order in which they run."""
    return [f"{stage}@{dataset}" for stage in STAGES]


def add_dataset(params: str, dataset: str) -> str:
    """Return params.yaml with the dataset in its sorted list; comments, and all else, stay."""
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
    """Return dvc.yaml with the dataset among its artifacts, as 'dvc artifacts get' looks for it; all else stays."""
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
    """Return the dvc.lock ``lock`` with the dataset's stages as ``own`` has them; ``own`` itself where that is equal."""
    tree, own_tree = _load(lock), _load(own)
    names = stage_names(dataset)
    stages = {name: stage for name, stage in (tree.get("stages") or {}).items() if name not in names}
    stages |= {name: stage for name, stage in (own_tree.get("stages") or {}).items() if name in names}
    whole = {"schema": "2.0", **tree, "stages": stages}
    return own if whole == own_tree else _dump(whole, YAML())  # DVC's own form


def read_stages(lock: str, dataset: str) -> dict[str, dict]:
    """Return the dataset's stages of a dvc.lock, by name; none where they have not been recorded."""
    stages = _load(lock).get("stages") or {}
    return {name: stages[name] for name in stage_names(dataset) if name in stages}


def _parse(text: str, name: str):
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


def _dump(tree, yaml: YAML | None = None) -> str:
    out = io.StringIO()
    (yaml or _yaml()).dump(tree, out)
    return out.getvalue()


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes, yaml.width = True, 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
