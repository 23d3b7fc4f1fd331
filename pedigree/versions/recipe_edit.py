"""What a person changed in a recipe since it was last committed."""

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pedigree.system.git import read_blob
from pedigree.workspace import Workspace


def changed_seed_alone(workspace: Workspace, dataset: str) -> bool:
    """Return whether a recipe says another ``seed`` than its last commit, and else the same; False if not known."""
    path = workspace.recipe_path(dataset)
    try:
        before = _read(read_blob(workspace.root, "HEAD", workspace.relative_path(path)) or b"")
        now = _read(path.read_bytes())
    except (OSError, ValueError, YAMLError):
        return False
    seeds = before.pop("seed", 0), now.pop("seed", 0)
    return bool(before) and before == now and seeds[0] != seeds[1]


def _read(text: bytes) -> dict[str, Any]:
    tree = YAML(typ="safe").load(text.decode("utf-8-sig"))
    return tree if isinstance(tree, dict) else {}
