"""The identity of a workspace: a name of its own, which a copy of the folder does not share and a move keeps."""

import json
import re
import secrets
from pathlib import Path

from pedigree.system.atomic_write import write_text
from pedigree.workspace import Workspace

FILE = "identity.json"
MAX_FOLDER_NAME = 30


def read_identity(workspace: Workspace) -> str | None:
    """Return the identity of a workspace; None if it has none, or if the file was copied from another workspace."""
    name, root = _read(workspace.root)
    return name if root == str(workspace.root.resolve()) else None


def ensure_identity(workspace: Workspace) -> str:
    """Return the identity of a workspace; make one if it has none, or if the folder is a copy of a workspace."""
    root = str(workspace.root.resolve())
    name, recorded = _read(workspace.root)
    if name and recorded == root:
        return name
    if not name or _read(Path(recorded)) == (name, recorded):  # the original is still there: this one is the copy
        folder = re.sub(r"[^a-z0-9]+", "-", workspace.root.name.lower()).strip("-")[:MAX_FOLDER_NAME]
        name = f"{folder or 'workspace'}-{secrets.token_hex(3)}"
    write_text(workspace.state / FILE, json.dumps({"name": name, "root": root}) + "\n")
    return name


def _read(root: Path) -> tuple[str, str]:
    """Return the name and the folder that the file of a workspace records; empty strings if it cannot be read."""
    try:
        content = json.loads((Workspace(root).state / FILE).read_text(encoding="utf-8"))
        name, recorded = content["name"], content["root"]
    except (OSError, ValueError, KeyError, TypeError):
        return "", ""
    return (name, recorded) if isinstance(name, str) and isinstance(recorded, str) else ("", "")
